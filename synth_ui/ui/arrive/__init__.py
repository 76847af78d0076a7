"""Arriving: what this is, the finished example, the ways in, and what was done before."""

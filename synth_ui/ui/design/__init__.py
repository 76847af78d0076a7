"""Tables made from nothing."""

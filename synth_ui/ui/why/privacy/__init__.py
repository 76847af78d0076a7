"""Privacy: what attacks found, the deep audit, exposed rows, the privacy budget."""

"""The reasons in detail, page by page."""

"""Home timelines."""

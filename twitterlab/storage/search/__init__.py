"""Finding tweets by their words."""

"""What happened that concerns one person."""

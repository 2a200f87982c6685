"""Runs of the regional platform in the simulated world: its snapshot, its crowd, what they were promised."""

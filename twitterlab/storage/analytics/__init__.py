"""What people do, counted by hour and tag."""

"""Who blocks and who mutes whom."""

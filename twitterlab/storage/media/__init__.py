"""Pictures: the port and its engines."""

"""The platform: one Twitter built from the parts it is given."""

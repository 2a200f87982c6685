"""Tweets on real Valkey servers: on plain ones that our own plan leads, and on a Valkey Cluster."""

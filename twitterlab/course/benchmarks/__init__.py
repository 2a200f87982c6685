"""Benchmarks: each a rate of ours beside that of a named yardstick, measured in turns in one run, and exact counts."""

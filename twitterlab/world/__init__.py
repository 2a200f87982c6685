"""Worlds: clock, chance, network, disk, faults and trace; real (`live.py`) or virtual."""

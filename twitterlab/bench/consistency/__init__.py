"""Consistency: weaker promises than linearizability, judged by what clients saw and nothing else."""

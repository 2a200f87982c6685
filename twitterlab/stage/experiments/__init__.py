"""Experiments: one question each, its prediction, and what was measured with and without the part."""

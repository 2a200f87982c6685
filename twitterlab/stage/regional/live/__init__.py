"""The experiments of Week 2 on real servers."""

"""The stage: composes a week's system, drives it, and measures what the week promised."""

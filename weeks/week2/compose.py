"""What Week 2 changes in the system: it fills the next five slots."""

from __future__ import annotations

from dataclasses import replace

from twitterlab.parts.blueprint import Blueprint, Parts


def compose(previous: Blueprint, parts: Parts) -> Blueprint:
    """`previous` with the week's parts in place; a slot not handed in stays as it was."""
    return replace(previous, **{slot: parts[slot] for slot in SLOTS if slot in parts})


SLOTS = ("ring", "shards", "balancer", "replica", "edge_cache")

"""What the work of a regional machine costs: names of operations in a calibrated profile, and what they stand for."""

from __future__ import annotations

HOME = "platform.home"
"""A home timeline from memory, its texts included."""
WRITE = "sqlite.tweets.add.0"
"""One commit."""
ROUTE = "loop.turn"
"""A gateway or an edge takes a request in and passes it on."""
DELIVER = "platform.step.2"
"""One batch of tweets into timelines."""
AUTHORED = "sqlite.tweets.home"
"""One shard's share of a timeline that is worked out."""
OPERATIONS = (HOME, WRITE, ROUTE, DELIVER, AUTHORED)

"""Seeded chance: named, independent streams."""

from __future__ import annotations

import hashlib
from random import Random


class SeededChance:
    """One stream. Equal (seed, stream) give equal numbers on every machine."""

    def __init__(self, seed: int, stream: str = "") -> None:
        digest = hashlib.blake2b(f"{seed}/{stream}".encode(), digest_size=16).digest()
        self._random = Random(int.from_bytes(digest, "big"))

    def random(self) -> float:
        return self._random.random()

    def below(self, bound: int) -> int:
        return int(self.random() * bound)

"""The earth on a screen of characters: where a place is, which dots are land, and the shortest way between two places.

Dots are braille dots, two by four in a character. The map is equirectangular; it begins in the Pacific at
`WEST` and ends there, and leaves out what is south of `SOUTH`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, cos, degrees, hypot, radians, sin

from twitterlab.dashboard.land import rings

WEST, NORTH, SOUTH = -169.0, 80.0, -56.0
"""Degrees: everything from here around the earth, between these latitudes."""
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of the dots of a braille character, by column and row."""
BLANK = 0x2800
Dot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Projection:
    """`width` by `height` characters."""

    width: int
    height: int

    def dot(self, east: float, north: float) -> Dot:
        """The dot (column, row) of a place in degrees."""
        column = (east - WEST) % 360 / 360 * 2 * self.width
        row = (NORTH - north) / (NORTH - SOUTH) * 4 * self.height
        return min(2 * self.width - 1, int(column)), max(0, min(4 * self.height - 1, int(row)))

    def cell(self, east: float, north: float) -> Dot:
        """The character (column, row) of a place."""
        column, row = self.dot(east, north)
        return column // 2, row // 4

    def place(self, column: int, row: int) -> tuple[float, float]:
        """The degrees in the middle of a dot."""
        east = WEST + (column + 0.5) / (2 * self.width) * 360
        return (east + 180) % 360 - 180, NORTH - (row + 0.5) / (4 * self.height) * (NORTH - SOUTH)


def character(dots: int) -> str:
    """The braille character of these bits."""
    return chr(BLANK + dots)


@lru_cache(maxsize=8)
def land(projection: Projection) -> tuple[tuple[int, ...], ...]:
    """Rows of bits: which dots of each character are land."""
    grid = [[0] * projection.width for _ in range(projection.height)]
    for row in range(4 * projection.height):
        _, north = projection.place(0, row)
        crossed = sorted(_crossings(north))
        for column in range(2 * projection.width):
            east, _ = projection.place(column, row)
            if bisect_left(crossed, east) % 2:
                grid[row // 4][column // 2] |= DOTS[column % 2][row % 4]
    return tuple(map(tuple, grid))


def _crossings(north: float) -> list[float]:
    """Where the outlines cross this latitude: there land begins or ends."""
    found = []
    for ring in rings():
        for (east, one), (other_east, other) in zip(ring, (*ring[1:], ring[0]), strict=True):
            if (one > north) != (other > north):
                found.append(east + (north - one) / (other - one) * (other_east - east))
    return found


def shortest_way(start: tuple[float, float], end: tuple[float, float], steps: int) -> Iterator[tuple[float, float]]:
    """Places on the great circle from `start` to `end`, both included (E. Williams, "Aviation Formulary")."""
    one, other = _vector(*start), _vector(*end)
    cosine = max(-1.0, min(1.0, sum(a * b for a, b in zip(one, other, strict=True))))
    angle = atan2((1 - cosine * cosine) ** 0.5, cosine)
    for step in range(steps + 1):
        share = step / steps
        a, b = (sin((1 - share) * angle), sin(share * angle)) if angle else (1.0, 0.0)
        x, y, z = (a * p + b * q for p, q in zip(one, other, strict=True))
        yield degrees(atan2(y, x)), degrees(atan2(z, hypot(x, y)))


def _vector(east: float, north: float) -> tuple[float, float, float]:
    longitude, latitude = radians(east), radians(north)
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)

"""The course as data: a week and its days. `weeks/weekN` fills it in, the syllabus joins it with the slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twitterlab.model.figure import Target


@dataclass(frozen=True, slots=True)
class Day:
    """One part of one day. `slot` is the name of the part everywhere: file, page, command."""

    slot: str
    title: str
    points: int = 100
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """Five days and the system they make. `targets` maps a figure's name to its bound."""

    number: int
    title: str
    summary: str
    users: int
    days: tuple[Day, ...]
    targets: Mapping[str, Target]

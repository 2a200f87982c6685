"""JSON values that can be compared, hashed and shown: what a history holds and a checker puts in sets.

Numbers are equal when their values are (`1` and `1.0`), as in JSON; `true` is no number. NaN and
infinities are not JSON, and a number too large for a float is refused instead of becoming one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

DEEPEST = 100
"""How deep lists and objects may be nested."""
MOST_DIGITS = 4_000
"""How many digits a whole number may have; Python itself stops at 4,300."""
_TOO_MANY_DIGITS = re.compile(rf"[0-9]{{{MOST_DIGITS + 1}}}")
_PLAIN = frozenset({int, float, str, type(None)})
"""What is hashable as it is."""


@dataclass(frozen=True, slots=True)
class Truth:
    """`true` or `false`: Python would take them for 1 and 0."""

    value: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """An object: its members in order of name."""

    members: tuple[tuple[str, Any], ...]


def frozen(value: Any, depth: int = 0) -> Any:
    """A JSON value made hashable: lists become tuples, objects Fields, booleans Truth. ValueError if too deep."""
    if isinstance(value, bool):
        return Truth(value)
    if not isinstance(value, list | dict):
        return value
    if depth == DEEPEST:
        raise ValueError(f"values nested more than {DEEPEST} deep")
    if isinstance(value, list):
        return tuple([item if type(item) in _PLAIN else frozen(item, depth + 1) for item in value])
    return Fields(tuple((key, frozen(value[key], depth + 1)) for key in sorted(value)))


def thawed(value: Any) -> Any:
    """The JSON value that `frozen` was given; sets become sorted lists."""
    if isinstance(value, Truth):
        return value.value
    if isinstance(value, Fields):
        return {key: thawed(item) for key, item in value.members}
    if isinstance(value, tuple):
        return [thawed(item) for item in value]
    if isinstance(value, frozenset):
        return sorted((thawed(item) for item in value), key=lambda item: (type(item).__name__, str(item)))
    return value


def shown(value: Any, longest: int = 40) -> str:
    """A frozen value as JSON on one line, cut in the middle where it is longer than `longest`.

    ASCII only: a lone surrogate, which JSON may hold, could not be printed.
    """
    text = json.dumps(thawed(value))
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def decoded(text: str) -> Any:
    """The JSON value of a text. ValueError says what is wrong: syntax, NaN, a number or depth out of bounds."""
    try:
        whole = _whole if _TOO_MANY_DIGITS.search(text) else int
        return json.loads(
            text, parse_constant=_refuse, parse_float=_finite, parse_int=whole, object_pairs_hook=_members
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON ({error.msg} at column {error.colno})") from None
    except RecursionError:
        raise ValueError(f"values nested more than {DEEPEST} deep") from None


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"the number {digits[:40]} is out of range")
    return number


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits, more than {MOST_DIGITS:,}")
    return int(digits)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} is given twice in one object")
    return members

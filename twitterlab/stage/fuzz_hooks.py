"""Hooks of the fuzzer: it asks for things that exist and belong to others, and nothing of theirs may come back.

Loaded by schemathesis, which `fuzzing.py` starts with the cast in the environment.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import schemathesis

OF_FOUR = 3
"""So many of four ids and names that fit the schema are made ones that exist."""
CAST: dict[str, Any] = json.loads(os.environ.get("TWITTERLAB_FUZZ", '{"known": {}, "secret": ""}'))


@schemathesis.hook
def map_case(context: Any, case: Any) -> Any:
    """Put existing ids and names where the generated ones are valid. Which, follows from what was generated, so that a
    failing case fails again."""
    if case.meta is not None and case.meta.generation.mode.is_negative:
        return case
    named: tuple[Any, ...] = (case.path_parameters, case.query, case.body)
    for values in (found for found in named if isinstance(found, dict)):
        for name, value in values.items():
            known = CAST["known"].get(name, ())
            draw = zlib.crc32(f"{name}={value}".encode("utf-8", "replace"))
            if known and value is not None and draw % 4 < OF_FOUR:
                values[name] = known[draw // 4 % len(known)]
    return case


@schemathesis.check
def nothing_of_anothers(context: Any, response: Any, case: Any) -> None:
    """What two people told each other, and what somebody who blocks the fuzzer has said, never reaches the fuzzer."""
    if CAST["secret"] and CAST["secret"].encode() in response.content:
        raise AssertionError(f"{case.method} {case.formatted_path} shows what belongs to others")

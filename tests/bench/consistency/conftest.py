"""Small histories: written by hand, or drawn."""

from __future__ import annotations

import json

import pytest
from hypothesis import strategies as st

from twitterlab.bench.history import Operation, parse_history


def parsed(text: str) -> list[Operation]:
    """Operations one after the other, `process f key value`; `0 write x 1 ?` has no answer."""
    lines = []
    for row in text.strip().splitlines():
        process, f, key, value, *lost = row.split()
        given = None if f in ("read", "get", "dequeue") else json.loads(value)
        event = {"process": int(process), "f": f, "key": key}
        lines.append(json.dumps({**event, "type": "invoke", "value": given}))
        lines.append(json.dumps({**event, "type": "info" if lost else "ok", "value": json.loads(value)}))
    return parse_history(lines)


@pytest.fixture(scope="session")
def history():
    """A history from rows of text."""
    return parsed


@st.composite
def register_histories(draw: st.DrawFn, most: int = 8) -> list[Operation]:
    """Any reads and writes of up to three processes on two keys; every value is written once."""
    rows = draw(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.sampled_from("xy")), max_size=most))
    written = {"x": ["null"], "y": ["null"]}
    for number, (_, writes, key) in enumerate(rows, 1):
        if writes:
            written[key].append(str(number))
    text = []
    for number, (process, writes, key) in enumerate(rows, 1):
        if writes:
            text.append(f"{process} write {key} {number}" + " ?" * draw(st.integers(0, 9).map(lambda n: n == 0)))
        else:
            text.append(f"{process} read {key} {draw(st.sampled_from(written[key]))}")
    return parsed("\n".join(text)) if text else []


@pytest.fixture(scope="session")
def registers():
    """The strategy for whole histories of reads and writes."""
    return register_histories

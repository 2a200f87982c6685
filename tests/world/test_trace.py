"""The trace: every event counts for the hash, and what is kept is a bounded, fair sample."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twitterlab.errors import BadInput
from twitterlab.world.node import Node
from twitterlab.world.sim import SimWorld
from twitterlab.world.trace import Trace, read_trace


def _filled(seed: int = 1, limit_bytes: int = 50_000_000, requests: int = 2_000) -> Trace:
    trace = Trace(seed, start_ms=0, limit_bytes=limit_bytes)
    for number in range(1, requests + 1):
        trace.event(number, "span", {"request": number, "part": "first"})
        trace.event(number, "span", {"request": number, "part": "second"})
        if number % 100 == 0:
            trace.event(number, "fault", {"phase": "begin", "fault": "Crash"})
    return trace


def test_one_other_event_makes_another_hash() -> None:
    left, right = _filled(), _filled()
    assert left.sha256 == right.sha256

    left.event(1, "log", {"text": "a"})
    right.event(1, "log", {"text": "b"})

    assert left.sha256 != right.sha256


def test_what_is_not_kept_still_counts_for_the_hash() -> None:
    assert _filled(limit_bytes=1_000).sha256 == _filled().sha256


def test_a_sample_keeps_all_of_a_request_or_nothing_and_stays_within_its_limit(tmp_path: Path) -> None:
    trace = _filled(limit_bytes=40_000)

    trace.save(tmp_path / "trace.jsonl")

    events = list(read_trace(tmp_path / "trace.jsonl"))
    spans = [event.fields["request"] for event in events if event.kind == "span"]
    assert 100 < len(spans) < 2_000
    assert all(spans.count(request) == 2 for request in set(spans))
    assert sum(event.kind == "fault" for event in events) == 20
    assert min(spans) < 500 and max(spans) > 1_500, "the sample is of the whole run"
    assert (tmp_path / "trace.jsonl").stat().st_size < 41_000


def test_the_sample_is_drawn_from_the_seed() -> None:
    def kept(seed: int) -> list[int]:
        return [event.fields.get("request", 0) for event in _filled(seed, limit_bytes=40_000).events()]

    assert kept(1) == kept(1)
    assert kept(1) != kept(2)


def test_a_file_has_a_version_and_ends_with_its_counts(tmp_path: Path) -> None:
    trace = _filled()
    trace.save(tmp_path / "trace.jsonl")

    first, *_, last = (tmp_path / "trace.jsonl").read_text().splitlines()

    assert json.loads(first) == {"trace": 1, "source": "live", "seed": 1, "start_ms": 0}
    assert json.loads(last) == {"kind": "end", "written": 4_020, "dropped": 0, "sha256": trace.sha256}


def test_a_field_called_request_may_be_anything() -> None:
    trace = Trace()
    trace.write(1, "http", {"request": "GET /home"})

    assert [event.fields["request"] for event in trace.events()] == ["GET /home"]


def test_live_events_count_from_the_first() -> None:
    trace = Trace()

    trace.write(1_700_000_000_000, "post", {"tweet_id": 1})
    trace.write(1_700_000_000_250, "post", {"tweet_id": 2})

    assert [event.at_ns for event in trace.events()] == [0, 250_000_000]
    assert trace.lines[1] == (1_700_000_000_250, "post", {"tweet_id": 2})


@pytest.mark.parametrize(
    ("text", "problem"),
    [('{"trace": 9}\n', "version 9"), ("nonsense\n", "line 1"), ('{"trace": 1}\n{"at_ns": 1}\n', "line 2")],
)
def test_a_file_that_is_no_trace_is_bad_input(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "trace.jsonl").write_text(text)

    with pytest.raises(BadInput, match=problem):
        list(read_trace(tmp_path / "trace.jsonl"))


def _asked(one_in: int) -> tuple[dict[int, list[str]], list[int]]:
    """A relay of three machines, asked two hundred times: the events of each request, and when each was answered."""
    trace = Trace(seed=3, one_in=one_in)
    world = SimWorld(3, trace)
    answered: list[int] = []

    def first(node: Node) -> None:
        async def ask(body: int) -> int:
            await node.cpu(0.1)
            return await node.call("second", "ask", body)

        node.serve("ask", ask)

    world.nodes.add("first", first)
    world.nodes.add("second", lambda node: node.serve("ask", lambda body: body + 1))
    people = world.nodes.add("people")

    async def main() -> None:
        for number in range(200):
            assert await people.call("first", "ask", number) == number + 1
            answered.append(world.stopwatch_ns())

    world.run(main())
    events: dict[int, list[str]] = {}
    for event in trace.events():
        if request := event.fields.get("request"):
            events.setdefault(request, []).append(event.kind)
    return events, answered


def test_one_request_in_so_many_is_followed_from_end_to_end_and_the_run_is_the_same() -> None:
    every, answered = _asked(1)
    some, answered_too = _asked(10)

    assert answered_too == answered
    assert 5 < len(some) < 60 < len(every) == 200
    assert some == {request: every[request] for request in some}

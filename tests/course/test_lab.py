"""A lab with a student's parts, in a child that its parent watches."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from twitterlab.course import watched
from twitterlab.course.lab import LabStopped, run_lab
from twitterlab.course.workbook import Workbook, packaged
from twitterlab.errors import BadInput
from twitterlab.stage.options import LabOptions

SMALL = LabOptions(users=30, seconds=0.5, engine="memory")


def wrong(book: Workbook, day: str, part: str, instead: str) -> None:
    """Put a solution into the exercises, with `instead` in the place of its class, which is still there as `Right`."""
    source = (book.solutions / "week1" / f"{day}.py").read_text(encoding="utf-8")
    assert f"class {part}" in source
    text = source.replace(f"class {part}", "class Right") + textwrap.dedent(instead)
    (book.exercises / "week1" / f"{day}.py").write_text(text, encoding="utf-8")


REPEATS = """
class Snowflake(Right):
    def next_id(self, now_ms):
        return self.encode(IdFields(now_ms, 0, 0))
"""
NEVER_EXPIRES = """
class AsideCache:
    def __init__(self, *_):
        self.kept = {}

    async def get(self, entry, load, limit=800):
        if entry not in self.kept:
            self.kept[entry] = list(await load())
        return self.kept[entry][:limit]

    async def add(self, entries, member):
        for entry in entries:
            if entry in self.kept:
                self.kept[entry].insert(0, member)

    async def forget(self, entries):
        for entry in entries:
            self.kept.pop(entry, None)
"""
DROPS = """
class FanoutQueue(Right):
    async def work(self, deliveries):
        return await super().work(Dropping(deliveries))


class Dropping:
    def __init__(self, deliveries):
        self.missing, self.deliver, self._deliveries = deliveries.missing, deliveries.deliver, deliveries

    async def recipients(self, event):
        return [] if event.id % 2 else await self._deliveries.recipients(event)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "part", "instead", "figure", "suspect"),
    [
        ("day1_snowflake", "Snowflake", REPEATS, "id_collisions", "snowflake (mine)"),
        ("day3_cache", "AsideCache", NEVER_EXPIRES, "entries_past_ttl", "cache (mine)"),
        ("day4_queue", "FanoutQueue", DROPS, "worker_death_lost", "queue (mine)"),
    ],
    ids=["an id source that repeats", "a cache that never expires", "a worker that drops"],
)
def test_a_wrong_part_shows_in_a_figure_and_its_owner_is_named(
    book: Workbook, day: str, part: str, instead: str, figure: str, suspect: str
) -> None:
    wrong(book, day, part, instead)

    report = run_lab(book, 1, SMALL, mine=True)

    assert not report.is_clean
    (sentence,) = [sentence for sentence in report.blame() if sentence.startswith(figure)]
    assert sentence.endswith(f"look at {suspect}")
    assert {slot for slot, use in report.parts.items() if use.whose == "mine"} == {suspect.split(maxsplit=1)[0]}
    assert suspect.split(maxsplit=1)[0] in report.next_look()


@pytest.mark.slow
def test_the_lab_calls_every_part_and_counts() -> None:
    report = run_lab(packaged(), 1, SMALL, mine=False)

    assert set(report.parts) == {"snowflake", "schema", "cache", "queue", "meter"}
    assert all(use.whose == "reference" and use.calls > 0 for use in report.parts.values())


@pytest.mark.slow
def test_a_part_that_never_comes_back_is_named_with_its_line(book: Workbook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "HANG_S", 2.0)
    loops = """
    class AsideCache(Right):
        async def get(self, entry, load, limit=800):
            while True:
                pass
    """
    wrong(book, "day3_cache", "AsideCache", loops)

    with pytest.raises(LabStopped, match=r"Your cache did not come back \(exercises/week1/day3_cache\.py:\d+: "):
        run_lab(book, 1, SMALL, mine=True)


@pytest.mark.slow
def test_a_part_that_eats_the_memory_is_named(book: Workbook) -> None:
    eats = """
    class FanoutQueue(Right):
        async def work(self, deliveries):
            hog = []
            while True:
                hog.append(bytes(10_000_000))
    """
    wrong(book, "day4_queue", "FanoutQueue", eats)

    with pytest.raises(LabStopped, match=r"Your queue used up 3,072 MB of memory"):
        run_lab(book, 1, SMALL, mine=True)


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("__import__('os')._exit(3)", r"Your snowflake ended the process \(exit code 3\)"),
        ("raise SystemExit", "Your snowflake broke: SystemExit"),
    ],
)
def test_a_part_that_ends_the_process_is_named(book: Workbook, deed: str, said: str) -> None:
    ends = f"""
    class Snowflake(Right):
        def next_id(self, now_ms):
            {deed}
    """
    wrong(book, "day1_snowflake", "Snowflake", ends)

    with pytest.raises(LabStopped, match=said):
        run_lab(book, 1, SMALL, mine=True)


def test_tables_that_sqlite_refuses_are_the_schemas(book: Workbook) -> None:
    refused = """
    class SocialSchema(Right):
        def tables(self):
            return ("CREATE TABEL users (id)",)
    """
    wrong(book, "day2_schema", "SocialSchema", refused)

    with pytest.raises(LabStopped, match=r"Your schema broke: .*TABEL"):
        run_lab(book, 1, LabOptions(users=30, seconds=0.5), mine=True)


def test_a_syntax_error_is_bad_input_before_anything_runs(book: Workbook) -> None:
    (book.exercises / "week1" / "day3_cache.py").write_text("class AsideCache(:\n", encoding="utf-8")

    with pytest.raises(BadInput, match=r"exercises/week1/day3_cache\.py:1"):
        run_lab(book, 1, SMALL, mine=True)


@pytest.mark.parametrize(
    ("number", "options"),
    [
        (9, LabOptions()),
        (1, LabOptions(users=-1)),
        (1, LabOptions(users=0)),
        (1, LabOptions(seconds=-1.0)),
        (1, LabOptions(engine="oracle")),
        (1, LabOptions(graph=Path("nowhere.edges"))),
    ],
)
def test_what_cannot_be_run_is_bad_input(number: int, options: LabOptions) -> None:
    with pytest.raises(BadInput):
        run_lab(packaged(), number, options, mine=False)

"""What the lessons say of mistakes is what the checks say: each mistake is made, and its message read.

`python tests/docs/test_troubleshooting.py` writes the messages into the lessons anew, below their markers.
"""

from __future__ import annotations

import importlib
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from twitterlab.course import syllabus, workbook
from twitterlab.course.checks import CheckFailed

BOOK = workbook.find(Path(__file__))
ENTRIES = {entry.slot.name: entry for entry in syllabus.entries(BOOK)}
EXAMPLE_CHARS = 240
MARKED = re.compile(r"<!-- mistake: ([a-z-]+) -->\n\n```text\n(.*?)```\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mistake:
    """An edit of the solution that people really make, and the check that catches it."""

    name: str
    slot: str
    check: str
    edits: tuple[tuple[str, str], ...]


def mistake(name: str, slot: str, check: str, *edits: tuple[str, str]) -> Mistake:
    return Mistake(name, slot, check, edits)


MISTAKES = (
    # 1.1
    mistake(
        "another-epoch", "snowflake", "decode_undoes_encode", ("IdFields(EPOCH_MS + since_ms,", "IdFields(since_ms,")
    ),
    mistake("no-range-check", "snowflake", "misfits_are_refused", ("if not 0 <= value < 1 << bits:", "if value < 0:")),
    mistake(
        "sequence-forgotten",
        "snowflake",
        "ids_rise",
        ("        self._sequence += 1\n", ""),
    ),
    mistake(
        "sequence-wraps",
        "snowflake",
        "a_full_millisecond_waits",
        ("        if self._sequence == 1 << SEQUENCE_BITS:\n            return Wait(self._last_ms + 1)\n", ""),
        ("self._sequence += 1", "self._sequence = (self._sequence + 1) % 4096"),
    ),
    mistake(
        "sequence-never-starts-again",
        "snowflake",
        "a_full_millisecond_waits",
        ("self._last_ms, self._sequence = now_ms, 0", "self._last_ms = now_ms"),
    ),
    mistake(
        "clock-trusted",
        "snowflake",
        "a_clock_that_steps_back_waits",
        (
            "        if now_ms < self._last_ms:\n            return Wait(self._last_ms)\n        if now_ms > self._last_ms",
            "        if now_ms != self._last_ms",
        ),
    ),
    mistake(
        "waits-for-the-wrong-time",
        "snowflake",
        "a_clock_that_steps_back_waits",
        ("return Wait(self._last_ms)\n", "return Wait(now_ms + 1)\n"),
    ),
    # 1.2
    mistake(
        "missing-index",
        "schema",
        "no_scan_and_no_sort",
        ('            "CREATE INDEX IF NOT EXISTS likes_by_tweet ON likes (tweet_id)",\n', ""),
    ),
    mistake(
        "count-at-each-question",
        "schema",
        "work_stays_flat",
        (
            "return f\"COALESCE((SELECT n FROM counts WHERE name = '{name}' AND id = :{parameter}), 0)\"",
            'table, column = next((t, c) for n, t, c in COUNTED if n == name)\n            return f"(SELECT COUNT(*) FROM {table} WHERE {column} = :{parameter})"',
        ),
    ),
    mistake(
        "page-repeats-its-edge",
        "schema",
        "pages_hold_still",
        ("WHERE author_id = :author_id AND id < :before_id", "WHERE author_id = :author_id AND id <= :before_id"),
    ),
    mistake("foreign-keys-off", "schema", "orphans_are_rejected", ('            "PRAGMA foreign_keys = ON",\n', "")),
    mistake(
        "insert-or-ignore", "schema", "constraints_hold", ('"INSERT INTO follows ', '"INSERT OR IGNORE INTO follows ')
    ),
    mistake(
        "anybody-deletes", "schema", "counts_are_right", ("WHERE id = :id AND author_id = :author_id", "WHERE id = :id")
    ),
    mistake(
        "home-without-oneself",
        "schema",
        "answers_come_from_the_rows",
        ("WITH authors (id) AS (SELECT :user_id UNION ALL\n                    SELECT", "WITH authors (id) AS (SELECT"),
    ),
    # 1.3
    mistake(
        "empty-answer",
        "cache",
        "an_empty_answer_is_an_answer",
        ("members[:limit]], MARK)", "members[:limit]]) if members else None"),
    ),
    mistake(
        "no-single-flight",
        "cache",
        "a_stampede_makes_one_load",
        (
            "if holder is None and await self._redis.set(lease_of(key), token, nx=True, px=LEASE_MS):",
            "if True:",
        ),
    ),
    mistake(
        "reader-takes-the-load-along",
        "cache",
        "a_stampede_makes_one_load",
        ("await asyncio.shield(flight[1])", "await flight[1]"),
    ),
    mistake(
        "lifetime-renewed",
        "cache",
        "nothing_outlives_its_lifetime",
        (
            '                pipe.lpushx(key, b"+" + member)\n',
            '                pipe.lpushx(key, b"+" + member)\n                pipe.expire(key, 900)\n',
        ),
    ),
    mistake(
        "lease-outlives-the-write",
        "cache",
        "a_forget_during_a_load_wins",
        (
            "            pipe.delete(*keys, *map(lease_of, keys))\n            await",
            "            pipe.delete(*keys)\n            await",
        ),
    ),
    mistake("add-creates", "cache", "adding_keeps_the_newest", ("pipe.lpushx", "pipe.lpush")),
    mistake(
        "add-repeats", "cache", "adding_keeps_the_newest", ('                pipe.lrem(key, 1, b"+" + member)\n', "")
    ),
    mistake(
        "lost-write",
        "cache",
        "redis_down_is_slower_not_wrong",
        ("            self._lost.add(keys)\n", "            pass\n"),
    ),
    # 1.4
    mistake(
        "outbox-cleared-first",
        "queue",
        "a_dead_relay_loses_nothing",
        (
            "        await self._log.append(events)\n        await outbox.done([event.id for event in events])\n",
            "        await outbox.done([event.id for event in events])\n        await self._log.append(events)\n",
        ),
    ),
    mistake(
        "delivered-to-all",
        "queue",
        "nothing_arrives_twice",
        ("await deliveries.missing(event, await deliveries.recipients(event))", "await deliveries.recipients(event)"),
    ),
    mistake(
        "no-jitter",
        "queue",
        "retries_back_off",
        ("longest_ms / 2 + self._chance.random() * (longest_ms // 2)", "longest_ms"),
    ),
    mistake(
        "round-ends",
        "queue",
        "poison_becomes_a_dead_letter",
        (
            "            else:\n                waiting.add(author_id)\n",
            "            else:\n                break\n",
        ),
    ),
    mistake("younger-overtakes", "queue", "an_author_is_heard_in_order", ("author_id in waiting or ", "")),
    mistake(
        "taken-too-soon",
        "queue",
        "the_dead_are_taken_over",
        ("entry.idle_ms >= self._policy.lease_ms]", "entry.idle_ms >= self._policy.lease_ms // 2]"),
        ("claim(overdue, self._policy.lease_ms)", "claim(overdue, self._policy.lease_ms // 2)"),
    ),
    # 1.5
    mistake(
        "rank-cut-off",
        "meter",
        "quantiles_are_near",
        ("rank = max(1, ceil(q * self._count))", "rank = int(q * self._count)"),
    ),
    mistake("edge-of-the-bucket", "meter", "quantiles_are_near", (" * (1 - ALPHA)", "")),
    mistake("errors-left-behind", "meter", "merging_is_recording", ("        self._errors += other.errors\n", "")),
    mistake(
        "bucket-a-value", "meter", "memory_is_bounded", ("ceil(log(latency_ms) / LOG_GAMMA)", "round(latency_ms, 6)")
    ),
    mistake(
        "sums-as-it-records",
        "meter",
        "recording_is_constant",
        ("self._count += 1\n", "self._count = sum(self._buckets.values())\n"),
    ),
    mistake(
        "failures-left-out",
        "meter",
        "signals_count_failures",
        ("traffic_per_s=self._count", "traffic_per_s=(self._count - self._errors)"),
    ),
    # 2.1
    mistake(
        "modulo-the-members",
        "ring",
        "a_joiner_moves_nothing_else",
        (
            "        arc = bisect(self._places, place_of_key(key))\n",
            "        names = sorted(self._members)\n        first = key % len(names)\n"
            "        return tuple((names[first:] + names[:first])[:count])\n"
            "        arc = bisect(self._places, place_of_key(key))\n",
        ),
    ),
    mistake(
        "one-point-a-member",
        "ring",
        "the_load_is_even",
        ("range(member.weight * VIRTUAL_NODES)", "range(member.weight)"),
    ),
    mistake(
        "same-member-twice",
        "ring",
        "owners_are_distinct",
        (
            "            if name not in met:\n                met.add(name)\n                yield name\n",
            "            yield name\n",
        ),
        (
            "            if first_of_zone.setdefault(self._members[name].zone, name) != name:",
            "            if name in first_of_zone.values() or "
            "first_of_zone.setdefault(self._members[name].zone, name) != name:",
        ),
    ),
    mistake(
        "zones-left-out",
        "ring",
        "owners_are_distinct",
        ("return (*first_of_zone.values(), *others)", "return tuple(self._walk(arc))"),
    ),
    mistake(
        "leaver-stays",
        "ring",
        "a_leaver_moves_only_its_own",
        ("        self._points = [point for point in self._points if point[1] != name]\n", ""),
    ),
    # 2.2
    mistake(
        "first-round-is-the-page",
        "shards",
        "merged_is_single",
        ("if not (got[shard].is_end or got[shard].is_dead) and got[shard].ids[-1] > last", "if False"),
    ),
    mistake(
        "cursor-below-what-was-read",
        "shards",
        "merged_is_single",
        ("page[-1] if page and is_more else None", "ids[-1] if page and is_more else None"),
    ),
    mistake(
        "a-whole-page-from-every-shard",
        "shards",
        "it_reads_little",
        ("share = -(-query.limit // len(query.shards))", "share = query.limit"),
    ),
    mistake(
        "single-write-at-cut-over",
        "shards",
        "neighbours_see_each_other",
        ("phase <= Phase.CUT_OVER", "phase < Phase.CUT_OVER"),
    ),
    mistake("old-owner-first", "shards", "neighbours_see_each_other", ("(new, old) if both", "(old, new) if both")),
    mistake(
        "no-new-comparison",
        "shards",
        "phases_in_order",
        ("return Progress(phase, differing=done.differing)", "return Progress(phase, done.last_key, done.differing)"),
        (
            "        if progress.differing:\n            return Progress(phase)\n",
            "        if progress.differing:\n            return Progress(phase, progress.after_key)\n",
        ),
    ),
    # 2.3
    mistake(
        "one-choice",
        "balancer",
        "the_less_busy_of_two",
        ("return other if other.in_flight < one.in_flight else one", "return one"),
    ),
    mistake(
        "least-busy-of-all",
        "balancer",
        "the_less_busy_of_two",
        (
            "return _less_busy_of_two(able, chance).send()",
            "return min(able, key=lambda known: known.in_flight).send()",
        ),
    ),
    mistake(
        "failures-for-ever",
        "balancer",
        "the_ill_are_ejected",
        ("known.failures = 0 if is_ok else known.failures + 1", "known.failures += not is_ok"),
    ),
    mistake(
        "flood",
        "balancer",
        "one_trial_at_a_time",
        (
            "return known.trial_ms is None and now_ms >= known.opened_ms + known.ejection_ms",
            "return now_ms >= known.opened_ms + known.ejection_ms",
        ),
    ),
    mistake(
        "trial-without-end",
        "balancer",
        "one_trial_at_a_time",
        (
            "if known.trial_ms is not None and now_ms >= known.trial_ms + self._policy.trial_timeout_ms:",
            "if False:",
        ),
    ),
    mistake(
        "no-hysteresis",
        "balancer",
        "regions_do_not_flap",
        ("return self.was_left and now_ms - self.since_ms < self.policy.return_after_ms", "return False"),
    ),
    mistake(
        "overflow-refused",
        "balancer",
        "capacity_holds",
        ("for region in regions or self._regions.values():", "for region in regions[:1]:"),
    ),
    # 2.4
    mistake(
        "last-to-arrive",
        "replica",
        "replicas_agree",
        ("            if held is not None and held[0] >= stamp:\n                return False\n", ""),
    ),
    mistake(
        "clock-of-the-wall",
        "replica",
        "stamps_rise",
        (
            "self._clock = (now_ms, 0) if now_ms > at_ms else (at_ms, count + 1)",
            "self._clock = (now_ms, count + 1)",
        ),
    ),
    mistake(
        "broken-clock-believed",
        "replica",
        "broken_clocks_are_refused",
        ("if any(at_ms > now_ms + MAX_SKEW_MS for at_ms, _ in stamps):", "if False:"),
    ),
    mistake(
        "tombstone-for-ever",
        "replica",
        "add_wins",
        ("            if dot in self._early:\n", "            if (key, value) in self._early:\n"),
        (
            "        held = self._sets.get(key, {}).get(element, set())\n",
            "        held = self._sets.get(key, {}).get(element, set())\n        self._early.add((key, element))\n"
            "        held.clear()\n",
        ),
        (
            "            self._early = {dot for dot in self._early if dot[1] > self._seen.get(dot[0], 0)}\n",
            "",
        ),
    ),
    mistake(
        "removal-before-addition",
        "replica",
        "add_wins",
        ("            if dot in self._early:\n                return False\n", ""),
    ),
    mistake(
        "greatest-total",
        "replica",
        "likes_count_once",
        (
            "return sum(total for _, total in self._counters.get(key, {}).values())",
            "return max((total for _, total in self._counters.get(key, {}).values()), default=0)",
        ),
    ),
    mistake(
        "hole-jumped-over",
        "replica",
        "deltas_are_small",
        ("            if since > seen or until <= seen:\n", "            if until <= seen:\n"),
    ),
    mistake("deltas-for-ever", "replica", "deltas_are_small", ("return found or None", "return found")),
    mistake(
        "numbered-anew",
        "replica",
        "restarts_go_on",
        (
            "number = self._seen[self._name] + 1\n",
            "self._made = getattr(self, '_made', 0) + 1\n        number = self._made\n",
        ),
    ),
    # 2.5
    mistake(
        "lifetime-from-the-request",
        "edge_cache",
        "fresh_is_served",
        ("self._keep(fetch.key, response, now_ms)", "self._keep(fetch.key, response, fetch.at_ms)"),
    ),
    mistake(
        "every-stale-reader-fetches",
        "edge_cache",
        "stale_is_served",
        (
            "self._begin(key, now_ms) if is_stale and ticket is None else None",
            "self._begin(key, now_ms) if is_stale else None",
        ),
    ),
    mistake(
        "no-coalescing",
        "edge_cache",
        "misses_are_joined",
        (
            "return Fetch(self._begin(key, now_ms)) if ticket is None else Join(ticket)",
            "return Fetch(self._begin(key, now_ms))",
        ),
    ),
    mistake(
        "joined-for-ever",
        "edge_cache",
        "misses_are_joined",
        ("if ticket is not None and now_ms - self._open[ticket].at_ms >= FETCH_TIMEOUT_MS:", "if False:"),
    ),
    mistake(
        "purge-overtaken",
        "edge_cache",
        "a_purge_overtakes",
        ("        if is_overtaken:\n            return Share.AGAIN\n", ""),
    ),
    mistake(
        "private-shared",
        "edge_cache",
        "private_stays_private",
        (
            "            self._drop(fetch.key)\n            return Share.NOBODY\n",
            "            self._drop(fetch.key)\n            return Share.ALL\n",
        ),
    ),
    mistake(
        "public-copy-stays",
        "edge_cache",
        "private_stays_private",
        ("            self._drop(fetch.key)\n            return Share.NOBODY\n", "            return Share.NOBODY\n"),
    ),
    mistake(
        "error-throws-away",
        "edge_cache",
        "failures_are_not_kept",
        (
            "        self._close(ticket)\n        # END SOLUTION",
            "        fetch = self._close(ticket)\n        if fetch is not None:\n            self._drop(fetch.key)\n"
            "        # END SOLUTION",
        ),
    ),
    mistake(
        "everyone-is-let-in",
        "edge_cache",
        "it_beats_lru",
        ("if victim is None or self._often.of(victim) > self._often.of(key):", "if victim is None:"),
    ),
)


def made(one: Mistake) -> type:
    """The solution with the mistake in it."""
    entry = ENTRIES[one.slot]
    source = entry.solution(BOOK).read_text(encoding="utf-8")
    for old, new in one.edits:
        assert old in source, f"the solution of {one.slot} no longer holds {old!r}"
        source = source.replace(old, new)
    module = ModuleType(f"mistake_{one.name}")
    sys.modules[module.__name__] = module
    exec(compile(source, module.__name__, "exec"), module.__dict__)
    part: type = getattr(module, entry.slot.part)
    return part


def message(one: Mistake) -> str:
    """What the check says of it, as the terminal shows it."""
    checks: Any = importlib.import_module(ENTRIES[one.slot].checks_module)
    look = getattr(checks, one.check)
    try:
        look(made(one))
    except CheckFailed as failure:
        lines = [f"✗ {look.check.claim}"]
        rows = (("expected", failure.expected), ("happened", failure.happened), ("example", failure.counterexample))
        for heading, words in rows:
            short = textwrap.shorten(str(words), EXAMPLE_CHARS, placeholder=" …")
            lines += textwrap.wrap(f"  {heading:<10}{short}", 88, subsequent_indent=" " * 12, drop_whitespace=True)
        return "\n".join(lines) + "\n"
    raise AssertionError(f"{one.check} does not catch {one.name}")


def shown() -> Iterator[tuple[str, str, str]]:
    """Every marker of the lessons: its slot, its name, and the message below."""
    for slot, entry in ENTRIES.items():
        for found in MARKED.finditer(entry.lesson(BOOK).read_text(encoding="utf-8")):
            yield slot, found[1], found[2]


@pytest.mark.parametrize("one", MISTAKES, ids=lambda one: f"{one.slot}-{one.name}")
def test_the_lesson_shows_what_the_check_says(one: Mistake) -> None:
    texts = {name: text for slot, name, text in shown() if slot == one.slot}

    said = message(one)

    assert texts.get(one.name) == said, f"run `python {Path(__file__).relative_to(BOOK.root)}`"


def test_every_marker_in_a_lesson_is_a_mistake_that_is_made_here() -> None:
    known = {(one.slot, one.name) for one in MISTAKES}

    assert [(slot, name) for slot, name, _ in shown() if (slot, name) not in known] == []


def test_the_message_on_the_page_for_students_is_one_of_lesson_1_1() -> None:
    page = (BOOK.docs / "students.md").read_text(encoding="utf-8")

    (told,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)

    assert told in {text for slot, _, text in shown() if slot == "snowflake"}


def rewrite() -> None:
    """Put the present messages below their markers."""
    messages = {one.name: message(one) for one in MISTAKES}
    for entry in ENTRIES.values():
        path = entry.lesson(BOOK)
        text = path.read_text(encoding="utf-8")
        fresh = MARKED.sub(lambda found: f"<!-- mistake: {found[1]} -->\n\n```text\n{messages[found[1]]}```\n", text)
        path.write_text(fresh, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    rewrite()

"""Histories of week 2's scenario before the session judges: what is promised, and what is only observed."""

from __future__ import annotations

from twitterlab.stage.scenario import AGAIN
from twitterlab.stage.scenarios.week2_sessions import lost_profiles, observed, unread_writes

ME, PERSON = 1, 5
CERTAIN = {"region": "asia", "tries": 1, "copies": 2}


def write(value: str, client: int = ME, kind: str = "ok", **how) -> list[dict]:
    call = {"process": client, "type": "invoke", "f": "profile", "key": PERSON, "value": value}
    return [call, {**call, "type": kind, "value": {**CERTAIN, **how}}]


def read(value: str, client: int = ME, region: str = "asia") -> list[dict]:
    call = {"process": client, "type": "invoke", "f": "page", "key": PERSON, "value": None}
    return [call, {**call, "type": "ok", "value": {"profile": value, "region": region, "tries": 1}}]


def promises(found) -> list[str]:
    return [violation.promise for violation in found]


def test_a_page_older_than_what_was_acknowledged_for_certain_breaks_the_promise() -> None:
    assert promises(unread_writes([*write("a"), *read("")])) == ["read your writes"]
    assert promises(unread_writes([*write("a"), *write("b"), *read("a")])) == ["read your writes"]


def test_another_continent_may_not_have_heard_of_it_yet() -> None:
    assert unread_writes([*write("a"), *read("", region="europe")]) == []


def test_a_write_on_one_disk_only_or_at_the_second_try_is_not_promised() -> None:
    assert unread_writes([*write("a", copies=1), *read("")]) == []
    assert unread_writes([*write("a", tries=2), *read("")]) == []
    assert unread_writes([*write("a", kind="info"), *read("", client=ME + AGAIN)]) == []


def test_who_goes_on_under_a_new_number_is_the_same_person() -> None:
    assert promises(unread_writes([*write("a"), *read("", client=ME + AGAIN)])) == ["read your writes"]


def test_a_write_of_somebody_else_may_win() -> None:
    assert unread_writes([*write("a"), *write("b", client=2, region="europe"), *read("b")]) == []


def test_a_value_that_nobody_wrote_is_a_violation() -> None:
    assert unread_writes([*write("a"), *read("z")]) != []


def test_in_the_end_nothing_certain_is_older_wherever_it_was_written() -> None:
    rows = [*write("a"), *write("b", region="europe")]

    assert lost_profiles(rows, {PERSON: "b"}) == []
    assert promises(lost_profiles(rows, {PERSON: "a"})) == ["read your writes in the end"]
    assert promises(lost_profiles(rows, {PERSON: None})) == ["read your writes in the end"]


def test_in_the_end_who_had_seen_a_write_wins_over_it() -> None:
    rows = [*write("a", client=2), *read("a"), *write("b")]

    assert lost_profiles(rows, {PERSON: "b"}) == []
    assert lost_profiles(rows, {PERSON: "a"}) != []


def test_a_write_that_was_tried_again_may_be_the_last_though_it_had_been_seen() -> None:
    def rows(**how) -> list[dict]:
        begin, end = write("a", client=2, **how)
        return [begin, *read("a"), *write("b"), end, *read("a")]

    assert unread_writes(rows(copies=1)) == lost_profiles(rows(copies=1), {PERSON: "a"}) == []
    assert promises(unread_writes(rows())) == ["read your writes"]
    assert promises(lost_profiles(rows(), {PERSON: "a"})) == ["read your writes in the end"]


def test_a_page_of_another_continent_meanwhile_is_not_the_end() -> None:
    rows = [*write("a"), *read("", region="europe")]

    assert lost_profiles(rows, {PERSON: "a"}) == []
    assert observed(rows)["read your writes anywhere"] == "invalid"


def test_a_write_seen_under_way_and_then_not_is_allowed_and_observed() -> None:
    begin, end = write("a")
    rows = [begin, *read("a", client=2), *read("", client=2), end]

    assert unread_writes(rows) == []
    assert observed(rows)["a linearizable profile on one continent"] == "invalid"


def test_a_profile_read_and_written_in_turn_is_all_that_is_observed() -> None:
    assert set(observed([*write("a"), *read("a"), *write("b"), *read("b")]).values()) == {"valid"}

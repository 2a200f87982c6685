"""Who keeps whose keys, before and after machines joined."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from twitterlab.course.system import system_of
from twitterlab.platform.regional.layout import Layout, group_of
from twitterlab.platform.regional.owners import Owners

RING = system_of(2, mine=False).ring
SIX = Layout()
SEVEN = SIX.with_one_more()
USERS = st.integers(0, 100_000)


def joined(me: str) -> Owners:
    owners = Owners(RING, SIX, me)
    owners.prepare(SEVEN.members[-1])
    owners.join(SEVEN.members[-1])
    return owners


@given(USERS)
def test_one_that_joined_while_it_ran_and_one_that_began_later_agree(user: int) -> None:
    assert list(joined("s1").groups(user)) == list(Owners(RING, SEVEN, "s1").groups(user))


@settings(deadline=None)
@given(USERS)
def test_keys_that_move_are_handed_on_by_the_owner_that_stays(user: int) -> None:
    before, after = (group_of(RING(layout.members).owners(user, 2)) for layout in (SIX, SEVEN))
    stayed = set(before.split("+")) & set(after.split("+"))

    for me in before.split("+"):
        kept = [group_of((me, member.name)) for member in SEVEN.members if member.name != me]
        expected = after if before != after and me in stayed else None
        assert joined(me).moved(user, before, kept) == expected


@given(USERS)
def test_what_is_about_to_move_is_known_before_the_ring_says_so(user: int) -> None:
    after = group_of(RING(SEVEN.members).owners(user, 2))
    owners = Owners(RING, SIX, "s1")
    now = next(owners.groups(user))

    group = owners.prepare(SEVEN.members[-1])

    assert group == "s1+s7"
    assert owners.is_preparing
    assert next(owners.groups(user)) == now
    if now != after and "s1" in after.split("+"):
        assert owners.moved(user, now, ("s1+s2", group)) == after


def test_later_groups_are_those_of_later_machines() -> None:
    owners = Owners(RING, SEVEN.with_one_more(), "s1")
    kept = ("s1+s2", "s1+s8", "s1+s7")

    assert owners.later("s1+s2", kept) == ["s1+s7", "s1+s8"]
    assert owners.later("s1+s7", kept) == ["s1+s8"]
    assert owners.later("s1+s8", kept) == []
    assert owners.has_joined
    assert not Owners(RING, SIX, "s1").has_joined

"""What is there in the end of Week 2's scenario, against what people were told: all say the same, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from twitterlab.platform.regional.convergence import differing, replicas_by_group
from twitterlab.platform.regional.layout import Layout, group_of
from twitterlab.platform.regional.shard import Shard
from twitterlab.stage.scenario import AGAIN, Violation
from twitterlab.stage.scenarios.week2_sessions import BOTH, Row

Final = Mapping[tuple[str, int, int], Any]
"""What was shown in the end: (`page` or `home`, person, continent's number) to the answer, a page as [profile, rows]."""


def unequal(final: Final, layout: Layout) -> list[Violation]:
    """What continents say differently, or do not say at all."""
    found = []
    for what, person in sorted({(what, person) for what, person, _ in final}):
        answers = [final.get((what, person, place)) for place in range(len(layout.continents))]
        if None in answers:
            where = layout.continents[answers.index(None)].name
            found.append(Violation("progress", f"after the healing {where} does not answer {what} of {person}"))
        elif any(answer != answers[0] for answer in answers):
            found.append(Violation("all say the same", f"{what} of person {person} differs between continents"))
    return found


def unequal_copies(shards: Sequence[Shard], people: int) -> list[Violation]:
    """Keys of which the copies on all machines, seen by an onlooker, do not say the same."""
    groups = replicas_by_group(shards)
    keys = []
    for person in range(people):
        group = group_of(shards[0].ring.owners(person, 2))
        ids = {tweet for replica in groups[group] for tweet in replica.members(f"tweets/{person}")}
        keys += [(group, f"{kind}/{person}") for kind in ("profile", "tweets", "gone", "follows", "touched")]
        keys += [(group, f"{kind}/{tweet_id}") for kind in ("tweet", "likes") for tweet_id in sorted(ids)]
    return [Violation("all copies are equal", f"{key} differs") for key in differing(groups, keys)]


def lost(
    rows: Sequence[Row], final: Final, layout: Layout, followees: Mapping[int, Set[int]], deleting: Set[int]
) -> list[Violation]:
    """Acknowledged tweets that are on no page, or not in the home of those who follow all the while. `deleting` are
    those that somebody wanted gone."""
    posted: dict[int, set[int]] = {}
    for row in rows:
        if row["f"] == "post" and row["type"] == "ok":
            posted.setdefault(row["key"], set()).add(row["value"])
    found = []
    for (what, person, place), answer in sorted(final.items(), key=lambda item: item[0]):
        ids = _ids(what, answer)
        authors = {person} if what == "page" else {person, *followees[person]}
        due = set[int]().union(*(posted.get(author, set()) for author in authors)) - deleting
        if missing := sorted(due - set(ids)):
            where = layout.continents[place].name
            found.append(
                Violation("nothing lost", f"{what} of {person} in {where} misses {len(missing)}: {missing[0]}")
            )
    return found


def repeated(final: Final, layout: Layout, retried: Set[str]) -> list[Violation]:
    """Tweets shown twice, or made twice of one request. `retried` are texts that were sent to two continents, or of
    which nobody knows."""
    found = []
    for (what, person, place), answer in sorted(final.items(), key=lambda item: item[0]):
        texts = [row[2] for row in (answer[1] if what == "page" else answer) if row[2] not in retried]
        if len(set(_ids(what, answer))) < len(_ids(what, answer)) or len(set(texts)) < len(texts):
            where = layout.continents[place].name
            found.append(Violation("nothing repeated", f"{what} of {person} in {where} shows a tweet twice"))
    return found


def resurrected(rows: Sequence[Row], final: Final, layout: Layout) -> list[Violation]:
    """Tweets whose deletion was acknowledged and that somebody is shown."""
    gone = {row["value"] for row in rows if row["f"] == "delete" and row["type"] == "ok"}
    return [
        Violation("what is deleted stays deleted", f"{what} of {person} in {layout.continents[place].name}: {shown[0]}")
        for (what, person, place), answer in sorted(final.items(), key=lambda item: item[0])
        if (shown := sorted(gone.intersection(_ids(what, answer))))
    ]


def miscounted(rows: Sequence[Row], final: Final, layout: Layout, maybe: Mapping[int, int]) -> list[Violation]:
    """Every like counts once: as many as were acknowledged, and at most those besides of which nobody knows."""
    liked: dict[int, int] = {}
    for row in rows:
        if row["f"] == "like" and row["type"] == "ok" and row["value"] is not None:
            liked[row["value"]] = liked.get(row["value"], 0) + 1
    found = []
    for (what, _, place), answer in sorted(final.items(), key=lambda item: item[0]):
        for tweet_id, _, _, likes in answer[1] if what == "page" else ():
            least = liked.get(tweet_id, 0)
            if not least <= likes <= least + maybe.get(tweet_id, 0):
                where = layout.continents[place].name
                found.append(Violation("likes count once", f"{tweet_id} in {where} has {likes}, {least} were given"))
    return found


def unfollowed(rows: Sequence[Row], final: Final, layout: Layout) -> list[Violation]:
    """Homes that do not show whom somebody follows in the end, or still show whom they follow no longer.

    An acknowledged `follow` that nothing came after holds. An `unfollow` takes away what its replica had seen added:
    it holds where all that came before was certain, and answered by the same continent.
    """
    posted: dict[int, set[int]] = {}
    ties: dict[tuple[int, int], list[Row]] = {}
    asked: dict[int, int] = {}
    for row in rows:
        if row["f"] == "post" and row["type"] == "ok":
            posted.setdefault(row["key"], set()).add(row["value"])
        elif row["f"] in ("follow", "unfollow") and row["type"] == "invoke":
            asked[row["process"]] = row["value"]
        elif row["f"] in ("follow", "unfollow") and row["type"] != "fail":
            ties.setdefault((row["process"] % AGAIN, asked[row["process"]]), []).append(row)
    found = []
    for (me, other), told in sorted(ties.items()):
        is_followed = _outcome(told)
        for place, continent in enumerate(layout.continents):
            ids = set(_ids("home", final.get(("home", me, place), [])))
            theirs = posted.get(other, set()) & {row[0] for row in final.get(("page", other, place), ["", []])[1]}
            if is_followed is True and not theirs <= ids:
                found.append(Violation("a follow holds", f"{me} in {continent.name} does not see {other}"))
            elif is_followed is False and theirs & ids:
                found.append(Violation("an unfollow holds", f"{me} in {continent.name} still sees {other}"))
    return found


def _outcome(told: Sequence[Row]) -> bool | None:
    """Whether somebody is followed after these answers; None: nothing is promised."""
    last = told[-1]
    if any(row["type"] == "info" for row in told):
        return None
    if last["f"] == "follow":
        return True
    certain = all(row["value"]["tries"] == 1 and row["value"]["copies"] == BOTH for row in told)
    return False if certain and len({row["value"]["region"] for row in told}) == 1 else None


def _ids(what: str, answer: Any) -> list[int]:
    return [row[0] for row in (answer[1] if what == "page" else answer)]

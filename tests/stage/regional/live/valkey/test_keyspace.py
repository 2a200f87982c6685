"""The keys of all servers, judged."""

from __future__ import annotations

from twitterlab.stage.regional.live.valkey.keyspace import judge_keyspace
from twitterlab.stage.scenarios.reshard_pages import Told

OLD = {1: [10, 11], 2: [20]}
HOME = {1: "new", 2: "old"}.__getitem__


def judged(new, old, told=None):
    return judge_keyspace({"new": new, "old": old}, HOME, told or Told(OLD))


def test_what_is_where_it_belongs_is_well():
    found = judged({"tweets:1": [10, 11], "gone:1": [9]}, {"tweets:2": [20]})

    assert (found.lost, found.doubled, found.back, found.left_over, found.tweets) == (0, 0, 0, 0, 3)
    assert found.keys == {"new": 2, "old": 1}
    assert found.uneven == 2 * 2 / 3


def test_a_tweet_that_is_elsewhere_is_lost_to_everybody():
    found = judged({"tweets:1": [10]}, {"tweets:1": [11], "tweets:2": [20]})

    assert (found.lost, found.doubled, found.left_over) == (1, 0, 1)


def test_a_tweet_on_both_servers_is_doubled():
    found = judged({"tweets:1": [10, 11]}, {"tweets:1": [11], "tweets:2": [20]})

    assert (found.lost, found.doubled, found.left_over) == (0, 1, 1)


def test_a_tombstone_on_an_old_owner_is_left_over():
    assert judged({"tweets:1": [10, 11]}, {"gone:1": [9], "tweets:2": [20]}).left_over == 1


def test_what_somebody_began_to_delete_may_be_there_and_what_was_deleted_may_not():
    told = Told(OLD)
    for tweet in (10, 11):
        told.begins({"f": "delete", "value": [1, tweet]})
    told.ends({"f": "delete", "value": [1, 11]})

    assert judged({"tweets:1": [10]}, {"tweets:2": [20]}, told).back == 0
    found = judged({"tweets:1": [11]}, {"tweets:2": [20]}, told)
    assert (found.lost, found.back) == (0, 1)

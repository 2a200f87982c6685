"""How far another continent is behind."""

from __future__ import annotations

from twitterlab.platform.regional.lag import Lag


class Watch:
    now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def test_a_change_waits_from_when_it_was_made_until_it_is_known_to_be_there() -> None:
    watch = Watch()
    lag = Lag(watch)
    lag.changed("asia-s1", "s1+s2")
    watch.now_ns = 20
    sent_ns = lag.sending("asia-s1", "s1+s2")
    watch.now_ns = 100

    assert lag.look() == {"asia-s1": 100}
    watch.now_ns = 120
    lag.arrived("asia-s1", "s1+s2", sent_ns)

    assert lag.look() == {"asia-s1": 120}
    assert lag.look() == {}
    assert lag.round_trips_ns() == {"asia-s1": 100}
    assert lag.round_trips_ns() == {}


def test_the_oldest_counts_also_where_what_was_sent_is_lost() -> None:
    watch = Watch()
    lag = Lag(watch)
    lag.changed("asia-s1", "s1+s2")
    lag.sending("asia-s1", "s1+s2")
    watch.now_ns = 50
    lag.changed("asia-s1", "s1+s2")
    lag.failed("asia-s1", "s1+s2")
    watch.now_ns = 70

    assert lag.look() == {"asia-s1": 70}


def test_who_lacks_nothing_is_not_behind() -> None:
    lag = Lag(Watch())
    lag.changed("asia-s1", "s1+s2")
    lag.sending("asia-s1", "s1+s2")
    lag.changed("asia-s1", "s1+s2")

    lag.equal("asia-s1", "s1+s2")

    assert lag.look() == {}


def test_machines_and_groups_wait_by_themselves() -> None:
    watch = Watch()
    lag = Lag(watch)
    lag.changed("asia-s1", "s1+s2")
    watch.now_ns = 30
    lag.changed("europe-s1", "s1+s2")
    lag.changed("asia-s1", "s1+s3")
    watch.now_ns = 40

    lag.equal("asia-s1", "s1+s2")

    assert lag.look() == {"asia-s1": 10, "europe-s1": 10}

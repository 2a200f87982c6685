from __future__ import annotations

from collections import Counter

import pytest

from twitterlab.bench.workload import MIX, Action, operations, text_of


def test_a_seed_decides_everything() -> None:
    assert list(operations(50, 200, 100, 3)) == list(operations(50, 200, 100, 3))
    assert list(operations(50, 200, 100, 3)) != list(operations(50, 200, 100, 4))


def test_arrivals_are_poisson() -> None:
    times = [operation.at_ns / 1e9 for operation in operations(10, 20_000, 1_000, 1)]
    gaps = [b - a for a, b in zip([0.0, *times], times, strict=False)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert times == sorted(times)
    assert mean == pytest.approx(1 / 1_000, rel=0.03)
    assert variance == pytest.approx(mean**2, rel=0.1)  # exponential: deviation equals mean


def test_the_mix_is_kept_and_people_follow_zipf() -> None:
    drawn = list(operations(100, 20_000, 1_000, 1))
    shares = Counter(operation.action for operation in drawn)
    for action, share in MIX.items():
        assert shares[action] / len(drawn) == pytest.approx(share, abs=0.01)
    ranks = [count for _, count in Counter(operation.user for operation in drawn).most_common()]
    assert ranks[0] / ranks[9] == pytest.approx(10, rel=0.25)
    assert all(0 <= operation.user < 100 and 0 <= operation.other < 100 for operation in drawn)


def test_every_post_has_a_text() -> None:
    assert all(text_of(o) for o in operations(5, 100, 10, 1, {Action.POST: 1.0}))


@pytest.mark.parametrize("arguments", [(0, 1, 1.0), (1, -1, 1.0), (1, 1, 0.0)])
def test_nonsense_is_refused(arguments: tuple[int, int, float]) -> None:
    with pytest.raises(ValueError, match="no workload"):
        list(operations(*arguments, seed=1))

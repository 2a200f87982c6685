"""The greatest load of two choices, of one and of round robin, against what was published."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from solutions.week2.day3_balancer import TwoChoices
from twitterlab.course.system import system_of
from twitterlab.stage.regional.labs import longest_queue
from twitterlab.stage.regional.labs.longest_queue import expected_of_two, in_turn, one_choice, two_choices

SYSTEM = system_of(2, mine=False)


class OneChoice(TwoChoices):
    def choose(self, now_ms, chance, but=()):
        return super().choose(now_ms, chance, but) and str(chance.below(len(self._known)))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_choices_are_as_crowded_as_the_limit_of_many_servers_says(seed):
    measured = {servers: two_choices(SYSTEM, servers, seed) for servers in (32, 64, 128, 256)}

    for servers, longest in measured.items():
        assert longest == pytest.approx(expected_of_two(servers), abs=1), servers


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_choice_and_turns_are_more_than_twice_as_crowded_and_grow_with_the_servers(seed):
    two = two_choices(SYSTEM, 256, seed)

    assert one_choice(256, seed) > 3 * two
    assert in_turn(256, seed) > 1.7 * two
    assert two - two_choices(SYSTEM, 16, seed) < 1.6, "eight times the servers, log log more"


def test_what_theory_says_of_two_grows_as_log_log():
    grown = [expected_of_two(10**power) for power in (1, 2, 4, 8, 16)]

    steps = [after - before for before, after in itertools.pairwise(grown)]
    assert all(0.8 < step < 1 for step in steps), "one more each time the exponent doubles"


def test_a_part_that_draws_once_is_seen():
    wrong = replace(SYSTEM, balancer=OneChoice)

    assert two_choices(wrong, 64, 1) > 2 * two_choices(SYSTEM, 64, 1)


@pytest.mark.slow
def test_the_figures_name_what_was_expected():
    figures, plot = longest_queue.measured(SYSTEM, 1)

    assert [figure.name for figure in figures] == [
        "longest_queue_one_choice",
        "longest_queue_in_turn",
        "longest_queue_two_choices",
    ]
    assert all("theory" in figure.note for figure in figures)
    assert len(plot.lines) == 4

"""A week replaces some fields of the Blueprint and leaves the rest."""

from __future__ import annotations

from dataclasses import fields

from solutions.week1.day1_snowflake import Snowflake
from twitterlab.parts import SLOTS
from twitterlab.parts.blueprint import Blueprint
from twitterlab.parts.cache import NoCache
from weeks.week1 import WEEK
from weeks.week1.compose import compose


def test_a_blueprint_has_one_field_a_slot():
    assert [field.name for field in fields(Blueprint)] == [slot.name for slot in SLOTS]


def test_the_days_of_the_week_are_its_slots_in_order():
    assert [day.slot for day in WEEK.days] == [slot.name for slot in SLOTS if slot.week == 1]


def test_compose_fills_what_it_is_handed_and_keeps_the_rest():
    blueprint = compose(Blueprint(), {"snowflake": Snowflake})

    assert blueprint.snowflake is Snowflake
    assert blueprint.cache is NoCache

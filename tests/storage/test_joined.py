"""Servers that somebody else runs."""

from __future__ import annotations

import pytest

from twitterlab.errors import BadInput
from twitterlab.storage.joined import POSTGRES, VALKEY, Addresses, addresses

GOOD = {POSTGRES: "postgresql://u:p@rows:5432/twitterlab", VALKEY: "redis+cluster://:secret@valkey:6379"}


def test_the_environment_says_where_they_are():
    assert addresses(GOOD | {"PATH": "/bin"}) == Addresses(GOOD[POSTGRES], GOOD[VALKEY])


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({}, "TWITTERLAB_POSTGRES_URL and TWITTERLAB_VALKEY_URL"),
        ({POSTGRES: GOOD[POSTGRES]}, VALKEY),
        ({**GOOD, POSTGRES: ""}, POSTGRES),
        ({**GOOD, POSTGRES: "mysql://u:secret@rows/x"}, POSTGRES),
        ({**GOOD, VALKEY: "valkey:secret"}, VALKEY),
        ({**GOOD, VALKEY: "redis://"}, VALKEY),
    ],
)
def test_what_is_missing_or_not_understood_is_named_without_a_password(wrong, about):
    with pytest.raises(BadInput) as raised:
        addresses(wrong)

    assert about in str(raised.value)
    assert "secret" not in str(raised.value)

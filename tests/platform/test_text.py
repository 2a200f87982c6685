"""Text rules. Sources: the public twitter-text conformance cases (Apache-2.0), described, not copied."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitterlab.errors import Refused
from twitterlab.platform.text import MAX_WEIGHTED_LENGTH, parse, validate, weighted_length


def names(entities):
    return [entity.text for entity in entities]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@jack", ["jack"]),
        ("hi @jack, @jill!", ["jack", "jill"]),
        ("me@example.com", []),
        ("rt:@jack", ["jack"]),
        ("＠jack", ["jack"]),
        ("@jack@jill", []),
        ("@joé", []),
        ("日本@jack語", ["jack"]),
    ],
)
def test_mentions(text, expected):
    assert names(parse(text).mentions) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#tag", ["tag"]),
        ("a#tag", []),
        ("&#tag", []),
        ("#1", []),
        ("#1a", ["1a"]),
        ("#日本語", ["日本語"]),
        ("#️⃣", []),
        ("http://example.com/#tag", []),
    ],
)
def test_hashtags(text, expected):
    assert names(parse(text).hashtags) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$TSLA", ["TSLA"]), ("$1", []), ("a$TSLA", []), ("$GE.L,", ["GE.L"]), ("$toolongx", [])],
)
def test_cashtags(text, expected):
    assert names(parse(text).cashtags) == expected


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("hello", 5),
        ("日本語", 6),
        ("e\u0301", 1),
        ("👨\u200d👩\u200d👧", 2),
        ("http://example.com", 23),
        ("a\r\nb", 3),
    ],
)
def test_weights(text, length):
    assert weighted_length(text) == length


def test_the_limit_is_280_weighted():
    validate("a" * MAX_WEIGHTED_LENGTH)
    validate("語" * (MAX_WEIGHTED_LENGTH // 2))
    for text in ("a" * (MAX_WEIGHTED_LENGTH + 1), "語" * 141, "", " \n", "a\ufffe", "\ud800"):
        with pytest.raises(Refused):
            validate(text)


@given(st.text(alphabet="a1_@#$é語. :/", max_size=40))
def test_entities_stand_where_they_say_and_never_overlap(text):
    found = parse(text)
    everything = sorted(found.mentions + found.hashtags + found.cashtags, key=lambda e: e.start)
    for entity in everything:
        assert text[entity.start + 1 : entity.end] == entity.text
    for url in found.urls:
        assert text[url.start : url.end] == url.text
    together = sorted(everything + list(found.urls), key=lambda e: e.start)
    assert all(one.end <= other.start for one, other in pairwise(together))

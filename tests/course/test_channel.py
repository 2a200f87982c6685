"""Only what was signed with the key, once and in order, is a message."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from twitterlab.course.channel import Receiver, new_key, sender

messages = st.lists(st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=30), max_size=4), max_size=6)


def sent(key, these, between=b""):
    """The lines on a pipe after `these` were sent, with garbage before each."""
    read, write = os.pipe()
    send = sender(key, write)
    for message in these:
        os.write(write, between)
        send(message)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        return pipe.read().split(b"\n")


def heard(key, lines):
    receiver = Receiver(key)
    return [message for line in lines if (message := receiver.message(line)) is not None]


@given(these=messages, garbage=st.binary(max_size=40))
def test_what_is_sent_is_heard_whatever_else_is_on_the_pipe(these, garbage):
    key = new_key()

    assert heard(key, sent(key, these, garbage)) == these


@given(these=messages)
def test_another_key_is_not_believed(these):
    assert heard(new_key(), sent(new_key(), these)) == []


@given(these=messages)
def test_a_line_heard_again_is_nothing(these):
    key = new_key()
    lines = sent(key, these)

    assert heard(key, [*lines, *lines]) == these


@given(line=st.binary(max_size=80))
def test_garbage_is_nothing(line):
    assert Receiver(b"0" * 32).message(line) is None


@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_flipped_bit_makes_a_line_nothing(position, bit):
    key = new_key()
    (line,) = [line for line in sent(key, [{"verdict": 1, "outcome": "failed"}]) if line]
    position %= len(line)
    changed = line[:position] + bytes([line[position] ^ (1 << bit)]) + line[position + 1 :]

    assert heard(key, [changed]) in ([], [{"verdict": 1, "outcome": "failed"}])  # a space may become another

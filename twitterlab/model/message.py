"""Direct messages and notifications: what is addressed to one person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """A private message. Only sender and recipient may read it."""

    id: int
    sender_id: int
    recipient_id: int
    text: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """Two people and the newest message between them, seen by one of them."""

    with_user_id: int
    last: DirectMessage
    unread: int


@dataclass(frozen=True, slots=True)
class Notification:
    """Someone did something that concerns you. `kind`: mention, reply, like, retweet, quote, follow."""

    id: int
    user_id: int
    kind: str
    actor_id: int
    tweet_id: int | None
    at_ms: int

"""Shaping: from the nouns of the platform to what goes over the wire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from twitterlab.edge import shapes
from twitterlab.model.message import Conversation, DirectMessage, Notification
from twitterlab.model.page import Page
from twitterlab.model.tweet import TweetView
from twitterlab.model.user import Profile, User

Item = TypeVar("Item")
Shape = TypeVar("Shape")
TIMES_KEPT = 20_000
"""Moments written out before: a page names forty, and the next page many of them again."""


@lru_cache(TIMES_KEPT)
def time(at_ms: int) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def page(found: Page[Item], shape: Callable[[Item], Shape]) -> shapes.PageOf[Shape]:
    return shapes.PageOf(tuple(shape(item) for item in found.items), found.next_cursor)


def person(user: User) -> shapes.Person:
    return shapes.Person(str(user.id), user.handle, user.name, user.bio, time(user.created_ms))


def profile(found: Profile) -> shapes.ProfileView:
    counts = shapes.PersonCounts(found.counts.tweets, found.counts.followers, found.counts.following)
    return shapes.ProfileView(person(found.user), counts, found.is_followed, found.is_muted, found.is_blocked)


def tweet(view: TweetView) -> shapes.TweetShape:
    shown, author = view.shown or view.tweet, view.shown_author or view.author
    return shapes.TweetShape(
        id=str(view.tweet.id),
        shown_id=str(shown.id),
        author=person(author),
        text=shown.text,
        created_at=time(shown.created_ms),
        counts=shapes.Counts(view.counts.likes, view.counts.retweets, view.counts.replies),
        is_liked=view.is_liked,
        is_retweeted=view.is_retweeted,
        reply_to=_id(shown.reply_to),
        quote_of=_id(shown.quote_of),
        quoted=tweet(view.quoted) if view.quoted else None,
        media=shown.media,
        retweeted_by=person(view.author) if view.tweet.retweet_of is not None else None,
    )


def notification(found: Notification, actors: dict[int, User]) -> shapes.NotificationShape:
    actor = actors.get(found.actor_id)
    return shapes.NotificationShape(
        str(found.id), found.kind, person(actor) if actor else None, _id(found.tweet_id), time(found.at_ms)
    )


def message(sent: DirectMessage) -> shapes.Message:
    return shapes.Message(str(sent.id), str(sent.sender_id), str(sent.recipient_id), sent.text, time(sent.sent_ms))


def conversation(found: Conversation, people: dict[int, User]) -> shapes.ConversationShape:
    partner = people.get(found.with_user_id)
    return shapes.ConversationShape(
        str(found.with_user_id), person(partner) if partner else None, message(found.last), found.unread
    )


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)

"""The shapes of the API: what goes over the wire, as msgspec structs. Ids are strings, times are RFC 3339 in UTC.

The OpenAPI document is made of them; so are the limits on what comes in.
"""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from twitterlab.platform.limits import DAY_MS

Item = TypeVar("Item")

SESSION_MS = 30 * DAY_MS
Id = Annotated[str, Meta(pattern=r"^[0-9]{1,19}$", description="A 64-bit id, as a string of digits.")]
Handle = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]{1,15}$")]
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL keeps every character but U+0000, and nobody can read it anyway."""
Name = Annotated[str, Meta(min_length=1, max_length=50, pattern=NO_NUL)]
Bio = Annotated[str, Meta(max_length=160, pattern=NO_NUL)]
Password = Annotated[str, Meta(min_length=8, max_length=256)]
Text = Annotated[str, Meta(min_length=1, max_length=4_000, pattern=NO_NUL, description="At most 280 long by weight.")]
Picture = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\.(png|jpg|gif|webp)$")]
Pictures = Annotated[tuple[Picture, ...], Meta(max_length=4, description="Names of pictures uploaded before.")]


class Incoming(Struct, frozen=True, forbid_unknown_fields=True):
    """What a client sends. A field we do not know is an error: it is most likely a misspelt one."""


class SignUp(Incoming, frozen=True):
    handle: Handle
    name: Name
    password: Password
    bio: Bio = ""


class SignIn(Incoming, frozen=True):
    handle: Handle
    password: Annotated[str, Meta(max_length=256)]


class ProfileChange(Incoming, frozen=True):
    name: Name
    bio: Bio = ""


class PasswordChange(Incoming, frozen=True):
    old: Annotated[str, Meta(max_length=256)]
    new: Password


class NewTweet(Incoming, frozen=True):
    text: Text
    reply_to: Id | None = None
    quote_of: Id | None = None
    media: Pictures = ()


class NewMessage(Incoming, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=10_000, pattern=NO_NUL)]


class ReadUpTo(Incoming, frozen=True):
    up_to: Id


class Person(Struct, frozen=True):
    id: str
    handle: str
    name: str
    bio: str
    created_at: str


class PersonCounts(Struct, frozen=True):
    tweets: int
    followers: int
    following: int


class ProfileView(Struct, frozen=True):
    person: Person
    counts: PersonCounts
    is_followed: bool
    is_muted: bool
    is_blocked: bool


class Session(Struct, frozen=True):
    """`token` goes into `Authorization: Bearer`; browsers get it as a cookie as well."""

    person: Person
    token: str
    expires_at: str


class Counts(Struct, frozen=True):
    likes: int
    retweets: int
    replies: int


class TweetShape(Struct, frozen=True):
    """`id` is the position in the timeline; for a retweet everything else is the original's.

    `quoted` is null while `quote_of` is set: the quoted tweet is gone or hidden from you."""

    id: str
    shown_id: str
    author: Person
    text: str
    created_at: str
    counts: Counts
    is_liked: bool
    is_retweeted: bool
    reply_to: str | None = None
    quote_of: str | None = None
    quoted: TweetShape | None = None
    media: tuple[str, ...] = ()
    retweeted_by: Person | None = None


class NotificationShape(Struct, frozen=True):
    id: str
    kind: str
    actor: Person | None
    tweet_id: str | None
    at: str


class Message(Struct, frozen=True):
    id: str
    sender_id: str
    recipient_id: str
    text: str
    sent_at: str


class ConversationShape(Struct, frozen=True):
    with_id: str
    with_person: Person | None
    last: Message
    unread: int


class TrendShape(Struct, frozen=True):
    tag: str
    tweets: int


class PageOf(Struct, Generic[Item], frozen=True):
    """`next` continues the page; null at the end. A page can be short, or empty, and have a `next`."""

    items: tuple[Item, ...]
    next: str | None = None


class Uploaded(Struct, frozen=True):
    name: str


class Done(Struct, frozen=True):
    """`changed` is false where it was so before."""

    changed: bool


class Unread(Struct, frozen=True):
    notifications: int


class Problem(Struct, frozen=True):
    """RFC 9457. `type` is a name of ours, stable across versions; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    instance: str

"""Routes of tweets, timelines, search and what is addressed to one person."""

from __future__ import annotations

from twitterlab.edge import shapes, shaping
from twitterlab.edge.route import PAGED, Call, Param, route
from twitterlab.edge.shapes import Done, PageOf, TweetShape
from twitterlab.errors import Refused


@route(
    "POST", "/api/tweets", tag="tweets", body=shapes.NewTweet, answer=TweetShape, status=201,
    problems=("missing", "forbidden", "limited", "unavailable"), takes_key=True,
)  # fmt: skip
async def post(call: Call) -> TweetShape:
    """Post a tweet, a reply or a quote. With an `Idempotency-Key` a retry posts once."""
    body: shapes.NewTweet = call.body
    reply_to, quote_of = _number(body.reply_to), _number(body.quote_of)
    if len(await call.media.known(body.media)) < len(set(body.media)):
        raise Refused("a picture has not been uploaded")
    tweet = await call.client.post(call.me, body.text, reply_to, quote_of, body.media, call.key)
    if (tweet.text, tweet.reply_to, tweet.quote_of, tweet.media) != (body.text, reply_to, quote_of, body.media):
        raise Refused("this Idempotency-Key was used for another tweet")
    return await _shown(call, tweet.id)


@route(
    "GET",
    "/api/tweets/{tweet_id}",
    tag="tweets",
    answer=PageOf[TweetShape],
    query=PAGED,
    problems=("missing", "forbidden"),
)
async def read_thread(call: Call) -> PageOf[TweetShape]:
    """A tweet (first item of the first page) and its replies."""
    return shaping.page(await call.client.thread(call.me, call.path["tweet_id"], *call.page), shaping.tweet)


@route("DELETE", "/api/tweets/{tweet_id}", tag="tweets", answer=Done, problems=("forbidden",))
async def delete(call: Call) -> Done:
    """Delete a tweet of yours."""
    return Done(await call.client.delete(call.me, call.path["tweet_id"]))


@route("PUT", "/api/likes/{tweet_id}", tag="tweets", answer=Done, problems=("missing", "forbidden", "limited"))
async def like(call: Call) -> Done:
    """Like a tweet."""
    return Done(await call.client.like(call.me, call.path["tweet_id"]))


@route("DELETE", "/api/likes/{tweet_id}", tag="tweets", answer=Done)
async def unlike(call: Call) -> Done:
    """Like a tweet no more."""
    return Done(await call.client.unlike(call.me, call.path["tweet_id"]))


@route("PUT", "/api/retweets/{tweet_id}", tag="tweets", answer=TweetShape, problems=("missing", "forbidden", "limited"))
async def retweet(call: Call) -> TweetShape:
    """Retweet; again answers with the first retweet."""
    return await _shown(call, (await call.client.retweet(call.me, call.path["tweet_id"])).id)


@route("DELETE", "/api/retweets/{tweet_id}", tag="tweets", answer=Done)
async def undo_retweet(call: Call) -> Done:
    """Take a retweet back."""
    return Done(await call.client.undo_retweet(call.me, call.path["tweet_id"]))


@route("GET", "/api/home", tag="timelines", answer=PageOf[TweetShape], query=PAGED)
async def read_home(call: Call) -> PageOf[TweetShape]:
    """The home timeline."""
    return shaping.page(await call.client.home(call.me, *call.page), shaping.tweet)


@route(
    "GET",
    "/api/users/{user_id}/tweets",
    tag="timelines",
    answer=PageOf[TweetShape],
    query=PAGED,
    problems=("forbidden",),
)
async def read_tweets_of(call: Call) -> PageOf[TweetShape]:
    """What this person tweeted and retweeted."""
    return shaping.page(await call.client.tweets_of(call.me, call.path["user_id"], *call.page), shaping.tweet)


@route(
    "GET", "/api/search/tweets", tag="search", answer=PageOf[TweetShape],
    query=(Param("q", "str", "Words, #tags, from:handle, since: and until: days", is_required=True, least=1, most=500), *PAGED),
)  # fmt: skip
async def search_tweets(call: Call) -> PageOf[TweetShape]:
    """Find tweets, newest first."""
    return shaping.page(await call.client.search(call.me, call.query["q"], *call.page), shaping.tweet)


@route(
    "GET", "/api/trends", tag="search", answer=tuple[shapes.TrendShape, ...],
    query=(Param("limit", "int", "How many at most", default=10, least=1, most=100),),
)  # fmt: skip
async def read_trends(call: Call) -> tuple[shapes.TrendShape, ...]:
    """Hashtags that people use more than usual."""
    return tuple(shapes.TrendShape(trend.tag, trend.tweets) for trend in await call.client.trends(call.query["limit"]))


@route("GET", "/api/notifications", tag="inbox", answer=PageOf[shapes.NotificationShape], query=PAGED)
async def read_notifications(call: Call) -> PageOf[shapes.NotificationShape]:
    """Mentions, replies, likes, retweets, quotes and new followers."""
    page = await call.client.notifications(call.me, *call.page)
    actor_ids = list(dict.fromkeys(found.actor_id for found in page.items))
    actors = {user.id: user for user in await call.client.people(call.me, actor_ids)}
    return shaping.page(page, lambda found: shaping.notification(found, actors))


@route("GET", "/api/notifications/unread", tag="inbox", answer=shapes.Unread)
async def read_unread(call: Call) -> shapes.Unread:
    """How many notifications are new."""
    return shapes.Unread(await call.client.unread(call.me))


@route("PUT", "/api/notifications/read", tag="inbox", body=shapes.ReadUpTo, answer=Done)
async def mark_read(call: Call) -> Done:
    """Mark notifications read, up to this one."""
    await call.client.read_notifications(call.me, int(call.body.up_to))
    return Done(True)


@route("GET", "/api/messages", tag="inbox", answer=PageOf[shapes.ConversationShape], query=PAGED)
async def read_conversations(call: Call) -> PageOf[shapes.ConversationShape]:
    """Your conversations, the latest first."""
    page = await call.client.conversations(call.me, *call.page)
    people = {user.id: user for user in await call.client.people(call.me, [found.with_user_id for found in page.items])}
    return shaping.page(page, lambda found: shaping.conversation(found, people))


@route("GET", "/api/messages/{user_id}", tag="inbox", answer=PageOf[shapes.Message], query=PAGED)
async def read_messages(call: Call) -> PageOf[shapes.Message]:
    """What you and this person wrote to each other; reading the first page marks it read."""
    return shaping.page(await call.client.messages(call.me, call.path["user_id"], *call.page), shaping.message)


@route(
    "POST", "/api/messages/{user_id}", tag="inbox", body=shapes.NewMessage, answer=shapes.Message, status=201,
    problems=("missing", "forbidden", "limited"),
)  # fmt: skip
async def send_message(call: Call) -> shapes.Message:
    """Send a direct message."""
    return shaping.message(await call.client.send(call.me, call.path["user_id"], call.body.text))


async def _shown(call: Call, tweet_id: int) -> TweetShape:
    """The tweet as its author sees it now. Refused where it, or what it shows, was deleted a moment ago."""
    page = await call.client.thread(call.me, tweet_id, None, 1)
    if not page.items:
        raise Refused(f"tweet {tweet_id} is gone already", "missing")
    return shaping.tweet(page.items[0])


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)

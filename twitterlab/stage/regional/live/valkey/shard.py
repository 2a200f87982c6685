"""A shard on a plain Valkey server: tweets and deletions by author, and the phase that it knows of.

Ids are kept in sorted sets with one score, as texts of one length, which sort as their numbers do. Each change is one
script, so that nobody comes between its look and its act. Source: Valkey documentation, "Scripting with Lua", "ZRANGE".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from redis.exceptions import RedisError, ResponseError

from twitterlab.errors import Refused, Uncertain

DIGITS = 19
"""Of the greatest id, which is below 2**63."""
PHASE = "phase"
STALE = "stale"

LEARN = """
if tonumber(ARGV[1]) > tonumber(redis.call('GET', KEYS[1]) or '0') then redis.call('SET', KEYS[1], ARGV[1]) end
return 1
"""
WRITE = """
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[3]) or '0') - 1 then
    return redis.error_reply('STALE this was sent two phases ago')
end
if ARGV[2] == 'delete' then
    redis.call('SADD', KEYS[2], ARGV[3])
    redis.call('ZREM', KEYS[1], ARGV[3])
elseif redis.call('SISMEMBER', KEYS[2], ARGV[3]) == 0 then
    redis.call('ZADD', KEYS[1], 0, ARGV[3])
end
return 1
"""
COPY = """
for place = 2, tonumber(ARGV[1]) + 1 do
    redis.call('SADD', KEYS[2], ARGV[place])
    redis.call('ZREM', KEYS[1], ARGV[place])
end
for place = tonumber(ARGV[1]) + 2, #ARGV do
    if redis.call('SISMEMBER', KEYS[2], ARGV[place]) == 0 then redis.call('ZADD', KEYS[1], 0, ARGV[place]) end
end
return 1
"""
NEWEST = """
local found = {}
for _, key in ipairs(KEYS) do
    for _, id in ipairs(redis.call('ZRANGE', key, '(' .. ARGV[1], '-', 'BYLEX', 'REV', 'LIMIT', 0, ARGV[2])) do
        found[#found + 1] = id
    end
end
table.sort(found, function(one, other) return one > other end)
local page = {}
for place = 1, math.min(#found, tonumber(ARGV[2])) do page[place] = found[place] end
return page
"""
Handler = Callable[[Any], Awaitable[Any]]


def tweets_key(author: int) -> str:
    """Where an author's tweets are."""
    return f"tweets:{author}"


def gone_key(author: int) -> str:
    """Where the ids of an author's deleted tweets are."""
    return f"gone:{author}"


def member(tweet_id: int) -> str:
    """An id as a text that sorts as the number does."""
    return f"{tweet_id:0{DIGITS}}"


class ValkeyShard:
    """What a shard of the scenario answers, by the server behind `client`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._learn, self._write, self._copy, self._newest = map(client.register_script, (LEARN, WRITE, COPY, NEWEST))
        self.rows_read = 0

    def methods(self) -> Mapping[str, Handler]:
        """By name. Refused for what was sent two phases ago, Uncertain for what the server did not answer."""
        found: dict[str, Handler] = {
            "phase": self.learn,
            "write": self.write,
            "newest": self.newest,
            "rows": self.rows,
            "copy": self.copy,
            "drop": self.drop,
        }
        return {name: _told(handler) for name, handler in found.items()}

    async def learn(self, phase: int) -> bool:
        return bool(await self._learn([PHASE], [phase]))

    async def write(self, asked: Sequence[Any]) -> bool:
        phase, what, author, tweet_id = asked
        keys = [tweets_key(author), gone_key(author), PHASE]
        return bool(await self._write(keys, [phase, what, member(tweet_id)]))

    async def newest(self, asked: Sequence[Any]) -> list[int]:
        authors, before_id, count = asked
        found = await self._newest([tweets_key(author) for author in authors], [member(before_id), count])
        self.rows_read += len(found)
        return [int(one) for one in found]

    async def rows(self, author: int) -> list[list[int]]:
        """The author's tweets and deletions, of one moment."""
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.zrange(tweets_key(author), 0, -1).smembers(gone_key(author))
            ids, gone = await pipe.execute()
        return [[int(one) for one in ids], sorted(int(one) for one in gone)]

    async def copy(self, asked: Sequence[Any]) -> bool:
        """Deletions first; what is deleted here does not come back."""
        author, ids, gone = asked
        arguments = [len(gone), *map(member, gone), *map(member, ids)]
        return bool(await self._copy([tweets_key(author), gone_key(author)], arguments))

    async def drop(self, author: int) -> bool:
        await self._client.unlink(tweets_key(author), gone_key(author))
        return True


def _told(handler: Handler) -> Handler:
    async def answer(asked: Any) -> Any:
        try:
            return await handler(asked)
        except ResponseError as error:
            if str(error).startswith("STALE"):
                raise Refused(str(error), STALE) from None
            raise
        except (RedisError, OSError) as error:
            raise Uncertain(f"the server did not answer: {error}") from error

    return answer

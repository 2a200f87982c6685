"""A program for another Python, in which the package stream-framework 1.4 is: it fans out and reads with that package.

The package's manager does not parse on Python 3.7 and later (a parameter is called `async`), so that the loop of its
`Manager.fanout` stands here; feeds, activities, their serialisation and every command are the package's own. One JSON
document on standard input (address, authors with their followers, readers), one on standard output.
"""

# mypy: disable-error-code="import-not-found"
# The packages are in the other Python's environment.

import json
import sys
from datetime import datetime, timedelta
from time import process_time

PAGE = 20


def main() -> None:
    asked = json.load(sys.stdin)
    from stream_framework import settings

    address = {**asked["address"], "db": 0}
    settings.STREAM_REDIS_CONFIG = {"default": address}
    from stream_framework.activity import Activity
    from stream_framework.feeds.redis import RedisFeed
    from stream_framework.verbs import register
    from stream_framework.verbs.base import Verb

    class Tweet(Verb):  # type: ignore[misc]  # it has no types
        id, infinitive, past_tense = 100, "tweet", "tweeted"

    class Home(RedisFeed):  # type: ignore[misc]  # it has no types
        key_format = "feed:home:%(user_id)s"
        max_length = 800

    register(Tweet)
    begin = datetime(2026, 1, 1)  # noqa: DTZ001 (the package compares it with times of its own, without a zone)
    number = 0

    def fan_out(author: int, followers: "list[int]") -> int:
        nonlocal number
        number += 1
        activity = Activity(author, Tweet, number, time=begin + timedelta(seconds=number))
        Home.insert_activity(activity)
        with Home.get_timeline_batch_interface() as batch:
            for follower in followers:
                Home(follower).add_many([activity], batch_interface=batch, trim=True)
        return len(followers)

    for _ in range(PAGE):
        fan_out(1, asked["readers"])
    print("filled", flush=True)
    started = process_time()
    deliveries = sum(fan_out(author, followers) for author, followers in asked["tweets"])
    print(json.dumps({"posting_s": process_time() - started, "deliveries": deliveries}), flush=True)
    started, tweets = process_time(), 0
    for turn in range(asked["reads"]):
        tweets += len(Home(asked["readers"][turn % len(asked["readers"])])[:PAGE])
    print(json.dumps({"reading_s": process_time() - started, "tweets": tweets}), flush=True)


if __name__ == "__main__":
    main()

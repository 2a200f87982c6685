"""The engine `arrays`: one process's memory as numpy arrays, for millions of users.

Inside, people and tweets are small indexes; outside they keep their 64-bit ids. `accounts` and `tweet_rows` translate.

| file | what it keeps | bytes |
| --- | --- | --- |
| `rings` | the newest tweets of every home timeline | 4 an entry, 64 entries a user |
| `links` | who follows whom, both ways: compressed rows and what has changed since | 4 a follow and direction |
| `tweet_rows` | tweets, one record of three cache lines each, counters inside | 192 a tweet |
| `accounts` | which id has which index; handles | none for a loaded population, a dictionary entry for others |

By itself it keeps nothing: a write lives in this process's memory. A snapshot is written beside the last one and takes
its place by a rename, so that a crash leaves the old or the new one whole. `storage/durable_arrays.py` adds a journal of
every change, which is read again after a crash; what an acknowledgement then means is in docs/engines.md.
"""

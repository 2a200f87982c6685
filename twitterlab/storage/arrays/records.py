"""From tweets to records, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from twitterlab.storage.arrays.tweet_rows import LIVE, LONG, RECORD, TEXT_BYTES
from twitterlab.storage.batches import NewTweets


def packed(
    tweets: NewTweets, author_ids: npt.NDArray[np.int64], authors: npt.NDArray[np.int64], handles: Sequence[bytes]
) -> tuple[npt.NDArray[Any], dict[int, str]]:
    """The records of plain tweets, and the texts that are too long for one, by place."""
    records = np.zeros(len(tweets.ids), RECORD)
    records["id"], records["author_id"], records["author"] = tweets.ids, author_ids, authors
    records["created_ms"] = tweets.created_ms
    records["handle"] = handles
    records["text"] = np.array(tweets.texts, f"S{TEXT_BYTES}").view(f"V{TEXT_BYTES}")
    lengths = np.fromiter(map(len, tweets.texts), np.int64, len(tweets.texts))
    records["length"] = lengths
    is_long = lengths > TEXT_BYTES
    records["flags"] = LIVE + LONG * is_long
    return records, {place: tweets.texts[place].decode() for place in np.nonzero(is_long)[0].tolist()}

"""The end of a live run: everybody is asked what they see, and the oracle says what they should."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twitterlab.bench.oracle import HORIZON, Judgement, Oracle
from twitterlab.platform.client import MAX_PAGE, Client
from twitterlab.stage.accidents import Accidents
from twitterlab.stage.patience import Patience

JUDGE_S = 30.0
"""Who has not been asked by then sees nothing."""
PATIENCE_S = 5.0
"""So does who has no answer by then."""


async def judge(
    client: Client,
    oracle: Oracle,
    user_ids: Sequence[int],
    accidents: Accidents,
    stopwatch_ns: Callable[[], int],
    progress: Callable[[float], None],
) -> Judgement:
    """Everybody's whole home timeline against the oracle; the sums of all mistakes."""
    lost = repeated = strange = 0
    until_ns = stopwatch_ns() + JUDGE_S * 1e9
    for number, me in enumerate(user_ids):
        shown = await _shown(client, me, accidents) if stopwatch_ns() < until_ns else []
        verdict = oracle.judge(me, shown)
        lost, repeated, strange = lost + verdict.lost, repeated + verdict.repeated, strange + verdict.strange
        if number % 100 == 0:
            progress(number / len(user_ids))
    return Judgement(lost, repeated, strange)


async def _shown(client: Client, me: int, accidents: Accidents) -> list[int]:
    """All pages, down to below the oracle's horizon; a page that fails ends them."""
    shown: list[int] = []
    cursor = None
    while len(shown) <= 2 * HORIZON:
        try:
            async with Patience(PATIENCE_S):
                page = await client.home(me, cursor, MAX_PAGE)
        except Exception as error:
            accidents.happened(error, "read")
            break
        shown += [view.tweet.id for view in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    return shown

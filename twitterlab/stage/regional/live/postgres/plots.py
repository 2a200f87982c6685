"""The pictures of lab e on PostgreSQL."""

from __future__ import annotations

from twitterlab.bench.histogram import Histogram
from twitterlab.bench.plots import Line, Plot
from twitterlab.stage.regional.live.postgres.continents import PLACES
from twitterlab.stage.regional.live.postgres.crowd import Told
from twitterlab.stage.regional.live.postgres.cut_off import Story
from twitterlab.stage.regional.live.postgres.measuring import Measured

SAMPLE_S = 0.1


def plots(measured: Measured) -> tuple[Plot, ...]:
    """Where people read, what a commit waits for, how old Asia is, and who may write."""
    return (_reads(measured), _levels(measured), _lag(measured.story), _writes(measured.story))


def _reads(measured: Measured) -> Plot:
    bars = []
    for place in PLACES:
        bars.append(_bar(f"{place}, afar", measured.distances.afar[place]))
        bars.append(_bar("near", measured.distances.local[place]))
    return Plot("Home timelines, from America or near by: half are faster than", "", "ms", tuple(bars), kind="bar")


def _levels(measured: Measured) -> Plot:
    names = {"remote_write": "write", "remote_apply": "apply"}
    bars = []
    for level, took in measured.levels.items():
        kind, _, quorum = level.rpartition("_")
        bars.append(_bar(f"{names.get(kind, kind)}, {quorum}" if kind else level, took))
    title = "A post in America, by what its commit waits for: half are faster than"
    return Plot(title, "", "ms", tuple(bars), kind="bar")


def _lag(story: Story) -> Plot:
    end_s = _last_write_s(story.deltas)
    lines = [
        *(_thinned(f"{place}, PostgreSQL", points, end_s) for place, points in story.heartbeat.behind.items()),
        _thinned("asia, your replica", story.town_behind, end_s),
    ]
    return Plot("How old the newest row from America is", "seconds", "ms", tuple(lines), marks=_marks(story))


def _writes(story: Story) -> Plot:
    lines = (
        _per_second("america, PostgreSQL", "america", story.rows),
        _per_second("asia, PostgreSQL", "asia", story.rows),
        _per_second("asia, your replica", "asia", story.deltas),
    )
    return Plot("Writes that were acknowledged", "seconds", "a second", lines, marks=_marks(story))


def _bar(label: str, took: Histogram) -> Line:
    return Line(label, (0.0,), (took.quantile_ms(0.5),))


def _thinned(label: str, points: list[tuple[float, float]], end_s: float) -> Line:
    """The worst of each tenth of a second, until nobody writes any more."""
    worst: dict[int, float] = {}
    for at_s, value in points:
        if at_s <= end_s:
            worst[int(at_s / SAMPLE_S)] = max(value, worst.get(int(at_s / SAMPLE_S), 0.0))
    return Line(label, tuple(SAMPLE_S * each for each in worst), tuple(worst.values()))


def _per_second(label: str, place: str, told: Told) -> Line:
    seconds = range(int(_last_write_s(told)))
    return Line(label, tuple(map(float, seconds)), tuple(float(told.between(place, at, at + 1)) for at in seconds))


def _last_write_s(told: Told) -> float:
    return max((each for times in told.at_s.values() for each in times), default=0.0)


def _marks(story: Story) -> tuple[tuple[float, str], ...]:
    """While Asia is cut off."""
    return (story.cut_s, "Asia is cut off"), (story.mended_s, "mended")

"""A picture of a recorded run: the dashboard as it stands at one second, as an SVG, without a terminal."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from twitterlab.dashboard.app import Dashboard
from twitterlab.dashboard.continents import Continents
from twitterlab.dashboard.headline import Headline
from twitterlab.dashboard.panel import Panel
from twitterlab.dashboard.recorded import replay
from twitterlab.dashboard.traffic import Traffic

NS_PER_S = 1_000_000_000
LAST_S = 1e9
"""After the end of every run."""
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
MOST_PAUSES = 100
FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def draw(folder: Path, at_s: float | None, width: int, height: int) -> str:
    """What a run folder looks like at `at_s`, None for its end. BadInput where it is none. The fonts are those of
    whoever looks."""
    svg = asyncio.run(_drawn(folder, LAST_S if at_s is None else at_s, (width, height)))
    return FONT_FACES.sub("", svg).replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")


async def _drawn(folder: Path, at_s: float, size: tuple[int, int]) -> str:
    source, report = replay(folder)
    title = f"Week {report.week} · {folder.name}" if report else folder.name
    app = Dashboard(source, title)
    app.is_paused = True  # it stands still from its first moment on
    async with app.run_test(size=size) as pilot:
        app.see_until(round(at_s * NS_PER_S))
        seen = app.query_one(Continents if app.state.regions else Traffic)
        for _ in range(MOST_PAUSES):  # what was hidden is laid out first
            await pilot.pause()
            if seen.content_size.width:
                break
        app.query_one(Headline).mood = ""
        for panel in app.query(Panel):
            panel.show(app.state)
        await pilot.pause()
        return app.export_screenshot(title=title)

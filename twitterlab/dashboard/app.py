"""The dashboard itself: it takes events from a source, steps the state, and lets the panels draw it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from twitterlab.dashboard.choice import Choice
from twitterlab.dashboard.continents import Continents
from twitterlab.dashboard.headline import Headline
from twitterlab.dashboard.keys import BREAKS, Keys
from twitterlab.dashboard.latency import Latency
from twitterlab.dashboard.levels import Levels
from twitterlab.dashboard.log import Log
from twitterlab.dashboard.messages import RunEnded, SearchChanged, SearchClosed
from twitterlab.dashboard.page import HELP, REGIONAL_HELP, Page
from twitterlab.dashboard.panel import Panel
from twitterlab.dashboard.parts import Parts
from twitterlab.dashboard.playback import Replay, Source, next_speed
from twitterlab.dashboard.regionwaits import RegionWaits
from twitterlab.dashboard.search import Search
from twitterlab.dashboard.slowest import Slowest
from twitterlab.dashboard.state import State, reduce
from twitterlab.dashboard.traffic import Traffic
from twitterlab.dashboard.worldmap import WorldMap
from twitterlab.errors import TwitterlabError
from twitterlab.model.event import TraceEvent
from twitterlab.world.live import stopwatch_ns

FRAME_S = 0.2
"""Between two looks at the source. The eye is content with five a second, and the lab needs the processor."""
PACE = 2.0
"""Virtual seconds a second with which a simulated run begins: as `stage/regional/pacing.py` has it."""
WIDE = 140
"""Columns from which on there is room for the parts beside a map."""
Order = Callable[[str], None]


class Dashboard(App[None]):
    """A run on the screen. `order` passes on what to break; without it nothing can be broken."""

    CSS_PATH = Path(__file__).with_name("dashboard.tcss")
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = None  # keys are the app's until somebody searches
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause"),
        Binding("full_stop", "step"),
        Binding("plus,equals_sign", "faster(1)"),
        Binding("minus", "faster(-1)"),
        Binding("r", "rewind"),
        Binding("up", "scroll(1)"),
        Binding("down", "scroll(-1)"),
        Binding("pageup", "scroll(10)"),
        Binding("pagedown", "scroll(-10)"),
        Binding("end", "scroll(-1000000)"),
        Binding("slash", "search"),
        Binding("k", "order('worker', 'kill')"),
        Binding("f", "order('cache', '')"),
        Binding("c", "order('clock', '')"),
        Binding("p", "order('primary', 'partition')"),
        Binding("h", "order('', 'heal')"),
        Binding("a", "order('', 'add')"),
        *(Binding(str(number), f"region({number})") for number in range(1, 10)),
        Binding("left", "next_region(-1)"),
        Binding("right", "next_region(1)"),
        Binding("tab", "machine(1)", priority=True),
        Binding("shift+tab", "machine(-1)", priority=True),
        Binding("e", "explain"),
        Binding("question_mark", "help"),
        Binding("q,ctrl+c", "quit"),
    ]

    def __init__(
        self, source: Source, title: str, order: Order | None = None, explain: Callable[[], str] | None = None
    ) -> None:
        super().__init__()
        self._source, self._order, self._explain = source, order, explain
        self._title = title
        self.state = State()
        self.is_paused = False
        self.pace = PACE
        self.choice = Choice()
        self._looked_ns = stopwatch_ns()

    def compose(self) -> ComposeResult:
        yield Headline(self._title)
        with Vertical(id="regional"):
            yield WorldMap()
            yield Continents()
        with Horizontal(id="upper"):
            yield Latency()
            with Vertical(classes="side"):
                yield Traffic()
                yield Levels()
        with Horizontal(id="lower"):
            yield RegionWaits()
            yield Log()
            with Vertical(classes="side"):
                yield Parts()
                yield Slowest()
        yield Search()
        yield Keys(self._source.is_live)

    def on_mount(self) -> None:
        self.set_interval(FRAME_S, self.look)
        self._show()

    def look(self) -> None:
        """Take what has happened since the last look, unless paused."""
        now_ns = stopwatch_ns()
        elapsed_ns, self._looked_ns = now_ns - self._looked_ns, now_ns
        if not self.is_paused:
            self._see(lambda: self._source.take(elapsed_ns))

    def see_until(self, at_ns: int) -> None:
        """Everything that a replay holds until then, at once."""
        source = self._source
        assert isinstance(source, Replay)
        while source.position_ns < at_ns and not source.is_over:
            self._see(lambda: source.take(round((at_ns - source.position_ns) / source.speed)))
        self._show()

    def action_pause(self) -> None:
        """Stop looking, or go on. A simulated run waits meanwhile."""
        self.is_paused = not self.is_paused
        if self._is_paced():
            self._say(f"pace {0 if self.is_paused else self.pace:g}")
        self._show()

    def action_step(self) -> None:
        """One thing more, and pause."""
        self.is_paused = True
        self._see(self._source.step)
        self._show()

    def action_faster(self, steps: int) -> None:
        """Change the speed of a replay."""
        if isinstance(self._source, Replay):
            self._source.faster(steps)
            self._show()
        elif self._is_paced():
            self.pace = next_speed(self.pace, steps)
            self._say(f"pace {self.pace:g}")
            self._show()
        else:
            self.notify("A live run has one speed.")

    def action_rewind(self) -> None:
        """A replay from its beginning; in a live run with regions what was killed starts again."""
        if isinstance(self._source, Replay):
            self._source.rewind()
            self.state = State()
            self._show()
        elif self.state.regions:
            self.action_order("", "restart")
        else:
            self.notify("A live run cannot be taken back.")

    def action_scroll(self, lines: int) -> None:
        """The event log up or down."""
        self.query_one(Log).scroll_lines(lines)

    def action_search(self) -> None:
        """Type what to look for."""
        search = self.query_one(Search)
        search.add_class("is-open")
        search.focus()

    def action_order(self, what: str, there: str) -> None:
        """Break `what` of a platform; where there are regions, order `there` for what is chosen."""
        if self.state.regions and there:
            self._order_there(there)
        elif what:
            self._break(what)
        elif there == "heal":
            self.action_help()

    def action_region(self, number: int) -> None:
        """The keys are about this one from now on."""
        self._choose(self.choice.nth(number, self.state.regions))

    def action_next_region(self, steps: int) -> None:
        """The one beside it."""
        self._choose(self.choice.beside(steps, self.state.regions))

    def action_machine(self, steps: int) -> None:
        """One machine of the region, or all of it."""
        self._choose(self.choice.next_machine(steps, self.state.regions))

    def _choose(self, choice: Choice) -> None:
        self.choice = choice
        self._show()

    def _order_there(self, what: str) -> None:
        if self._order is None or what not in self.state.breakable or self.state.outcome:
            self.notify("What is over cannot be changed.")
            return
        self._say(self.choice.order(what))

    def _say(self, line: str) -> None:
        if self._order is not None and not self.state.outcome:
            self._order(line)

    def _is_paced(self) -> bool:
        """Whether the run is a simulation that keeps a pace."""
        return self._source.is_live and bool(self.state.regions)

    def _break(self, what: str) -> None:
        """Break something, where the run can be broken so."""
        if self._order is None or what not in self.state.breakable or self.state.outcome:
            self.notify(
                f"Nothing here to {BREAKS[what][1]}." if self._source.is_live else "What is over cannot be broken."
            )
            return
        self._order(what)

    def action_explain(self) -> None:
        """The run in words."""
        if self._explain is None or not self.state.outcome:
            self.notify("The run in words comes when it is over.")
            return
        try:
            self.push_screen(Page("The run in words", self._explain()))
        except TwitterlabError as error:
            self.notify(str(error), severity="error", markup=False)

    def action_help(self) -> None:
        """All the keys."""
        self.push_screen(Page("Keys", REGIONAL_HELP if self.state.regions else HELP))

    def on_search_changed(self, message: SearchChanged) -> None:
        self.query_one(Log).search(message.words)

    def on_search_closed(self, message: SearchClosed) -> None:
        search = self.query_one(Search)
        search.remove_class("is-open")
        self.set_focus(None)
        if not message.is_kept:
            search.value = ""
            self.query_one(Log).search("")

    def on_run_ended(self, message: RunEnded) -> None:
        if message.error is not None:
            self.notify(str(message.error), severity="error", timeout=60, markup=False)

    def _see(self, take: Callable[[], Sequence[TraceEvent]]) -> None:
        try:
            events = take()
        except TwitterlabError as error:
            self.is_paused = True
            self.notify(str(error), severity="error", timeout=60, markup=False)
            return
        for event in events:
            self.state = reduce(self.state, event)
        if events:
            self._show()

    def _show(self) -> None:
        self.query_one(Headline).mood = self._mood()
        self.screen_stack[0].set_class(bool(self.state.regions), "has-regions")
        self.screen_stack[0].set_class(self.size.width >= WIDE, "is-wide")
        self.choice = self.choice.begun(self.state.regions)
        self.query_one(WorldMap).choice = self.query_one(Continents).choice = self.choice
        for panel in self.query(Panel):
            panel.show(self.state)

    def _mood(self) -> str:
        if self.is_paused:
            return (
                "‖ PAUSED, the run goes on"
                if not self._is_paced() and self._source.is_live and not self.state.outcome
                else "‖ PAUSED"
            )
        if isinstance(self._source, Replay):
            return f"▶ ×{self._source.speed:g}"
        if self.state.outcome:
            return ""
        return f"● LIVE ×{self.pace:g}" if self._is_paced() else "● LIVE"

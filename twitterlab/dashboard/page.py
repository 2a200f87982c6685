"""A page over the panels: the help, and a run in words."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

HELP = """\
space    pause and go on; a live run itself does not wait
.        one step: to the next gauge or event (pauses)
+  -     a replay faster, slower: a quarter to 64 times
r        a replay from its beginning
↑ ↓      scroll the events; page up and page down by more; end: newest
/        search the events; enter keeps the search, escape ends it
k        kill the worker; it is back, under another name, in a second
f        flush the cache: every cached answer is forgotten
c        step the clock back by half a second
p        kill a primary, where a replica takes its place (--engine valkey-cluster)
e        the run in words, once it is over
q        quit; a live run is stopped
?        this page; escape closes it

k, f, c and p are there while a live run can be broken so.

Home read   • median, + p99, ^ p99.9 of the last second; ╌ the target.
            From when the person wanted to read: waiting in line counts.
Levels      queue: events in the stream; outbox: not yet relayed to it.
Events      > a step of the lab, ! broken, + mended, - said, ~ lost."""

REGIONAL_HELP = """\
space    pause and go on; a live run, which is simulated, waits meanwhile
.        one step: to the next second or event (pauses)
+  -     a replay, or the simulation, faster, slower; ×2 is two virtual seconds
         a second, and no run is faster than the machine can simulate it
r        a replay from its beginning
↑ ↓      scroll the events; page up and page down by more; end: newest
/        search the events; enter keeps the search, escape ends it
e        the run in words, once it is over
q        quit; a live run is stopped
?        this page; escape closes it

While a live run goes on, at its next virtual second:
← → 1-9  the region that keys are about
tab      one machine of it, or all; shift and tab: back
k        cut its power
r        give power back to what was killed
p        partition the continent: nobody there reaches the others, nor they it
h        heal everything
a        add a shard to every continent: it joins while people read and write

Map      ● a region, ◉ the chosen one, ✗ dark. Cables: whole line up, broken
         line ill or cut, thin line: nobody there. Then the round trip, and the
         lag: how old the oldest change is that is not known to have arrived.
Regions  first try: of requests decided by now, those served at the first try.
         by: where their people's answers come from. edge: pages from its cache.
         shards: a cell each, ▄ the mean of the region, ╳ dark.
Events   > a step or an order, ! broken, + mended, - said."""


class Page(ModalScreen[None]):
    """Text that can be scrolled, until escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,e", "dismiss", show=False),
        Binding("down,j", "down", show=False),
        Binding("up", "up", show=False),
    ]
    DEFAULT_CSS = """
    Page { align: center middle; }
    Page VerticalScroll { width: 78; max-width: 96%; height: auto; max-height: 94%; border: round $foreground 60%;
                          background: $background; padding: 0 1; }
    """

    def __init__(self, title: str, words: str) -> None:
        super().__init__()
        self._title, self._words = title, words

    def compose(self) -> ComposeResult:
        box = VerticalScroll(Static(self._words, markup=False))
        box.border_title, box.border_subtitle = self._title, "escape closes"
        yield box

    def action_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)

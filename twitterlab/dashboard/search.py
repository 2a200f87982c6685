"""The line to type a search of the event log into."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input

from twitterlab.dashboard.messages import SearchChanged, SearchClosed


class Search(Input):
    """Enter keeps the search, escape ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close(False)", show=False),
        Binding("enter", "close(True)", show=False),
    ]
    DEFAULT_CSS = """
    Search { display: none; height: 1; border: none; padding: 0 1; background: $foreground 20%; }
    Search:focus { border: none; }
    Search.is-open { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(placeholder="search the events; enter keeps it, escape ends it", id="search", compact=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(SearchChanged(event.value))

    def action_close(self, is_kept: bool) -> None:
        """Done typing."""
        self.post_message(SearchClosed(is_kept))

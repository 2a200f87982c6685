"""The event log: which events of a trace are worth a line, and its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twitterlab.model.event import TraceEvent

MOST_CHARS = 400
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `mark` says at a glance what it is, without a colour: `!` something broke, `+` it mended,
    `>` a step began, `-` something was written, `~` a message was lost."""

    at_ns: int
    mark: str
    text: str

    def matches(self, words: str) -> bool:
        """Whether it holds `words`, in whatever case."""
        return words.casefold() in self.text.casefold()


def line_of(event: TraceEvent) -> Line | None:
    """The line of an event, None for what happens too often to be worth one."""
    words = _WORDS.get(event.kind)
    if words is None or (event.kind == "state" and event.at_ns == 0):  # that all are up in the beginning is no news
        return None
    mark, text = words(event.fields)
    return Line(event.at_ns, mark, " ".join(text.split())[:MOST_CHARS])


def _fault(fields: Mapping[str, Any]) -> tuple[str, str]:
    target = fields.get("target", ())
    where = _places(list(map(str, target))) if isinstance(target, list | tuple) else str(target)
    what = f"{fields.get('fault', '')} {where}".strip()
    phase = str(fields.get("phase", ""))
    said = {"begin": ("!", f"{what} begins"), "end": ("+", f"{what} is over")}
    mark, text = said.get(phase, ("-", f"{what}: {phase}"))
    return mark, f"{text}: {fields['why']}" if fields.get("why") else text


def _places(targets: list[str]) -> str:
    """All of a few; of many, how many, and of what."""
    if len(targets) <= MOST_NAMED:
        return " ".join(targets)
    wholes = sorted({target.partition("-")[0] for target in targets})
    return f"on {len(targets)} machines of {', '.join(wholes)}"


def _order(fields: Mapping[str, Any]) -> tuple[str, str]:
    return ">", f"order: {fields.get('text', '')}"


def _state(fields: Mapping[str, Any]) -> tuple[str, str]:
    state = str(fields.get("state", ""))
    return ("+" if state == "up" else "!"), f"{fields.get('node', '')} is {state}"


def _outcome(fields: Mapping[str, Any]) -> tuple[str, str]:
    error = fields.get("error")
    return ("!", f"the run broke: {error}") if error else (">", str(fields.get("text") or "the run ended"))


_WORDS: dict[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "fault": _fault,
    "order": _order,
    "state": _state,
    "outcome": _outcome,
    "healed": lambda fields: ("+", "every fault has ended"),
    "dropped": lambda fields: (
        "~",
        f"{fields.get('what', '')} from {fields.get('source', '')} to {fields.get('target', '')} "
        f"was lost: {fields.get('why', '')}",
    ),
    "log": lambda fields: ("-", f"{fields.get('node', '')}: {fields.get('text', '')}"),
    "step": lambda fields: (">", str(fields.get("text", ""))),
    "missed": lambda fields: ("!", str(fields.get("text", ""))),
    "alert": lambda fields: ("!", str(fields.get("text", ""))),
}

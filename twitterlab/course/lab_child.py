"""The child process of a lab with a student's parts: it runs the lab and reports progress. Started by `lab`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twitterlab.course.lab import run_here
from twitterlab.course.note import Note
from twitterlab.course.watched_child import Send, serve
from twitterlab.course.workbook import Workbook
from twitterlab.stage.options import LabOptions


def _run(request: dict[str, Any], book: Workbook, note: Note, send: Send) -> dict[str, Any]:
    chosen = request["options"]
    for name in ("graph", "folder", "orders"):
        chosen[name] = Path(chosen[name]) if chosen[name] else None
    options = LabOptions(
        **chosen,
        progress=lambda step, share: send({"step": step, "share": share}),
        tell=(lambda event: send({"event": event})) if request["tells"] else None,
    )
    run_here(book, request["number"], options, request["mine"], note)
    return {}


if __name__ == "__main__":
    serve(_run)

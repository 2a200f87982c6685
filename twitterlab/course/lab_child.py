"""The child process of a lab with a student's parts: it runs the lab and reports progress. Started by `lab`."""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from twitterlab.course import limits as bounds
from twitterlab.course.channel import sender
from twitterlab.course.lab import run_here
from twitterlab.course.note import Note
from twitterlab.course.streams import hide_standard_output, standard_input
from twitterlab.course.workbook import Workbook
from twitterlab.errors import TwitterlabError
from twitterlab.stage.accidents import origin
from twitterlab.stage.options import LabOptions


def main() -> None:
    """Read the request, run the lab, say how it went, and be gone."""
    request = json.loads(standard_input())
    send = sender(bytes.fromhex(request["key"]), hide_standard_output())
    bounds.apply(bounds.Limits(**request["limits"]))
    try:
        _run(request, send)
    except TwitterlabError as error:
        send({"bad": [error.problem, error.next_step]})
    except MemoryError as error:
        slot = origin(error)[0]
        error.__traceback__ = None  # its frames hold what filled the memory
        bounds.open_reserve()
        send({"broke": f"used up {request['limits']['memory_mb']:,} MB of memory", "slot": slot})
    except BaseException as error:  # whatever a part may raise
        slot, where = origin(error)
        what = traceback.format_exception_only(error)[-1].strip()
        send({"broke": f"broke: {what}{where}", "slot": slot})
    else:
        send({"is_done": True})
    os._exit(0)


def _run(request: dict[str, Any], send: Any) -> None:
    sys.path.insert(0, request["root"])
    chosen = request["options"]
    for name in ("graph", "folder", "orders"):
        chosen[name] = Path(chosen[name]) if chosen[name] else None
    book = Workbook(Path(request["root"]), request["is_own"])
    with Note(Path(request["note"])) as note:
        options = LabOptions(
            **chosen,
            progress=lambda step, share: send({"step": step, "share": share}),
            tell=(lambda event: send({"event": event})) if request["tells"] else None,
        )
        run_here(book, request["number"], options, request["mine"], note)


if __name__ == "__main__":
    main()

"""What the children of `watched` share: one request in, messages out, and how each end is told."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twitterlab.course import limits as bounds
from twitterlab.course.channel import sender
from twitterlab.course.note import Note
from twitterlab.course.streams import hide_standard_output, standard_input
from twitterlab.course.workbook import Workbook
from twitterlab.errors import TwitterlabError
from twitterlab.stage.accidents import origin

Send = Callable[[dict[str, Any]], None]
Work = Callable[[dict[str, Any], Workbook, Note, Send], dict[str, Any]]
"""Does what a request asks, and gives what the last message says beside `is_done`."""


def serve(work: Work) -> None:
    """Read the request, do the work, say how it went, and be gone."""
    request = json.loads(standard_input())
    send = sender(bytes.fromhex(request["key"]), hide_standard_output())
    bounds.apply(bounds.Limits(**request["limits"]))
    sys.path.insert(0, request["root"])
    try:
        with Note(Path(request["note"])) as note:
            done = work(request, Workbook(Path(request["root"]), request["is_own"]), note, send)
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
        send({**done, "is_done": True})
    os._exit(0)

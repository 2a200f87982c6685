"""The child process of the grader: it loads the checks, then the parts, and says a verdict a check.

It runs student code, so it is bounded before the first of it is read, its standard streams lead nowhere,
and its parent believes only signed messages (see `channel`). Started by `grader_process`.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from twitterlab.course import limits as bounds
from twitterlab.course.channel import Message, sender
from twitterlab.course.checks import CheckInfo
from twitterlab.course.diagnosis import Diagnosis, clip, diagnose, last_line, plain, short_name
from twitterlab.course.parts import load_part
from twitterlab.course.streams import hide_standard_output, standard_input
from twitterlab.errors import BadInput
from twitterlab.parts import SLOTS, Slot
from twitterlab.world.virtual import run_virtual

PRINTED_CHARS = 2_000
CLOSED = ("weeks", "solutions", "exercises", "twitterlab.course", "twitterlab.cli")
"""What a part may not import: where checks, answers and verdicts are made."""


@dataclass(frozen=True, slots=True)
class Job:
    """One check and the part it looks at; `path` is None for a null part."""

    day: str
    slot: Slot
    path: Path | None
    name: str
    look: Callable[..., Any]
    info: CheckInfo


def main() -> None:
    """Read the request, announce the plan, say a verdict a check, and be gone.

    Arguments: a folder, and modules there to import before the request comes: a child that waits is warm.
    """
    sys.path[:0], ahead = sys.argv[1:2], sys.argv[2:]
    for name in ahead:
        importlib.import_module(name)
    request = json.loads(standard_input())
    send = sender(bytes.fromhex(request.pop("key")), hide_standard_output())
    if not ahead:
        sys.path[:0] = [request["root"]]
    jobs = [job for task in request["tasks"] for job in _jobs(task)]
    send({"plan": [_announcement(job) for job in jobs]})
    limits = bounds.Limits(**request["limits"])
    bounds.apply(limits)
    _close_doors()
    unloadable, failed = "", {(day, name) for day, name in request["failed"]}
    for number, job in enumerate(jobs):
        if number < request["start"] or job.day == unloadable:
            continue
        if job.info.after is not None and (job.day, job.info.after.__name__) in failed:
            failed.add((job.day, job.name))
            send({"verdict": number, **_skipped(job.info.after)})
            continue
        bounds.allow_cpu(limits)
        send({"begun": number})
        found = _look_at(job, request["seed"], partial(send, {"loaded": number}))
        send({"verdict": number, **found})
        if found["outcome"] == "memory":
            break  # what filled the memory may still hold it: the next check gets a new process
        if not found["is_loaded"]:
            unloadable = job.day
        if found["outcome"] != "passed":
            failed.add((job.day, job.name))
    os._exit(0)


def _jobs(task: dict[str, Any]) -> Iterator[Job]:
    """The checks of one day, in the order they are written."""
    slot = next(slot for slot in SLOTS if slot.name == task["slot"])
    path = Path(task["path"]) if task["path"] else None
    for name, look in vars(importlib.import_module(task["checks"])).items():
        info = getattr(look, "check", None)
        if isinstance(info, CheckInfo):
            yield Job(task["day"], slot, path, name, look, info)


def _announcement(job: Job) -> Message:
    info = job.info
    return {
        "day": job.day,
        "check": job.name,
        "law": info.law,
        "claim": info.claim,
        "points": info.points,
        "read": info.read,
    }


class _ClosedDoor:
    """An import hook that refuses what a part has no business with."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> None:
        if name in CLOSED or name.startswith(tuple(f"{closed}." for closed in CLOSED)):
            raise ImportError(f"a part does not import {name}: it knows twitterlab.parts, .model and .errors")


def _close_doors() -> None:
    """Take the checks and the grader out of reach of a plain import."""
    for name in list(sys.modules):
        if name in CLOSED or name.startswith(tuple(f"{closed}." for closed in CLOSED)):
            del sys.modules[name]
    vars(sys.modules["twitterlab"]).pop("course", None)
    sys.meta_path.insert(0, _ClosedDoor)
    sys.dont_write_bytecode = True


class _Printed(io.TextIOBase):
    """The end of what a part prints, in bounded memory."""

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        self.text = (self.text + text[-PRINTED_CHARS:])[-PRINTED_CHARS:]
        return len(text)


def _look_at(job: Job, seed: int, loaded: Callable[[], None]) -> Message:
    """Load the part afresh and run one check on it."""
    printed = _Printed()
    sys.stdout = sys.stderr = printed
    try:
        part = _part(job)
        loaded()
    except BaseException as error:
        return _message(_unloadable(error, job.path), printed.text, is_loaded=False)
    run = partial(_run, job.look, part, seed)
    try:
        run()
    except BaseException as error:
        found, text = diagnose(error, job.path), printed.text
        if found.outcome == "memory":
            bounds.open_reserve()
        elif not found.line and job.path is not None:
            found = replace(found, line=last_line(run, job.path))
        return _message(found, text)
    return _message(Diagnosis("passed"), printed.text)


def _part(job: Job) -> type:
    if job.path is not None:
        return load_part(job.path, job.slot)
    part: type = getattr(importlib.import_module(job.slot.module), job.slot.null_part)
    return part


def _run(look: Callable[..., Any], part: type, seed: int) -> None:
    """One check. It may be a coroutine function, then it has virtual time; it may ask for the seed."""
    options = {"seed": seed} if "seed" in inspect.signature(look).parameters else {}
    if inspect.iscoroutinefunction(look):
        run_virtual(lambda clock: look(part, **options))
    else:
        look(part, **options)


def _unloadable(error: BaseException, path: Path | None) -> Diagnosis:
    cause = error.__cause__ or error if isinstance(error, BadInput) else error
    if isinstance(cause, MemoryError):
        bounds.open_reserve()
    found = diagnose(cause, path)
    counterexample = f"import of {short_name(path)}" if path else ""
    happened = clip(error.problem) if isinstance(error, BadInput) and found.outcome == "error" else found.happened
    return replace(found, expected="a part that can be imported", happened=happened, counterexample=counterexample)


def _skipped(parent: Any) -> Message:
    """What is said of a check whose parent failed."""
    return _message(Diagnosis("skipped", happened=f"first mend “{parent.check.claim}”"), "")


def _message(found: Diagnosis, printed: str, is_loaded: bool = True) -> Message:
    return {
        "is_loaded": is_loaded,
        "outcome": found.outcome,
        "expected": found.expected,
        "happened": found.happened,
        "counterexample": found.counterexample,
        "line": found.line,
        "printed": plain(printed),
    }


if __name__ == "__main__":
    main()

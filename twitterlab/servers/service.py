"""What `twitterlab up` can start: a name, the programs it needs, and how its processes come to work together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan


class Launch(Protocol):
    """Starts one process of a service, in a folder of its own, and returns its port once it answers."""

    def __call__(self, member: str, plan: Callable[[Path, int], Plan]) -> int: ...


@dataclass(frozen=True, slots=True)
class Service:
    """`start` launches every process and returns the address to connect to, as one line. `what` is for the reader
    who asks what there is."""

    name: str
    what: str
    programs: tuple[Program, ...]
    start: Callable[[Launch], str]

    def missing(self) -> Program | None:
        """The first program that is not on this machine."""
        return next((program for program in self.programs if program.find() is None), None)

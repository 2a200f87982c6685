"""The servers that `twitterlab up` started: what runs, where, and how to end it.

A folder per service, in it a folder per process. A service counts as started from the moment its `service.json` is
there; a folder without one was left by a command that was killed, and the next command ends what lives in it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from twitterlab.errors import BadInput, TwitterlabError
from twitterlab.servers import detached
from twitterlab.servers.detached import Plan
from twitterlab.servers.folder import FolderTaken, lock
from twitterlab.servers.service import Service

RECORD, LOCK = "service.json", "lock"


@dataclass(frozen=True, slots=True)
class Member:
    """One process of a service; `pid` is None when it has died."""

    name: str
    pid: int | None


@dataclass(frozen=True, slots=True)
class Running:
    """A service that was started and not ended."""

    name: str
    address: str
    members: tuple[Member, ...]

    @property
    def is_whole(self) -> bool:
        return all(member.pid is not None for member in self.members)


class Registry:
    """The services under one folder. Two commands never work on it at once: the second waits a second, then says
    so (FolderTaken)."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def up(self, services: Sequence[Service], say: Callable[[Service, Running | TwitterlabError], None]) -> None:
        """Start those that do not run, side by side, and `say` of each what came of it. One of which a process died
        is started anew. What fails leaves nothing behind."""
        present = []
        for service in services:
            missing = service.missing()
            if missing is None:
                present.append(service)
            else:
                say(service, BadInput(missing.why_not(), missing.next_step()))
        if not present:
            return
        with self._held(), ThreadPoolExecutor(len(present)) as pool:
            self._running()  # ends what a killed command left
            works = {pool.submit(self._start, service): service for service in present}
            for work in as_completed(works):
                try:
                    say(works[work], work.result())
                except TwitterlabError as error:
                    say(works[work], error)

    def ps(self) -> tuple[Running, ...]:
        """What was started and not ended, by name. Ends what a killed command left half started."""
        if not self._root.is_dir():
            return ()
        with self._held():
            return self._running()

    def down(self, names: Sequence[str] = ()) -> tuple[str, ...]:
        """End these services, or all, and remove their folders. Returns the names of those there were."""
        if not self._root.is_dir():
            return ()
        with self._held():
            found = [running.name for running in self._running() if not names or running.name in names]
            with ThreadPoolExecutor(max(1, len(found))) as pool:
                list(pool.map(self._remove, [self._root / name for name in found]))
        return tuple(found)

    def _start(self, service: Service) -> Running:
        folder = self._root / service.name
        known = _load(folder)
        if known is not None and known.is_whole:
            return known
        self._remove(folder)
        folder.mkdir(parents=True)
        try:
            address = service.start(lambda member, plan: _launch(folder / member, plan))
        except BaseException:
            self._remove(folder)
            raise
        partial = folder / f"{RECORD}.part"
        partial.touch(0o600)  # the address holds the password
        partial.write_text(json.dumps({"address": address}))
        partial.replace(folder / RECORD)
        started = _load(folder)
        assert started is not None
        return started

    def _running(self) -> tuple[Running, ...]:
        loaded = []
        for folder in sorted(path for path in self._root.iterdir() if path.is_dir()):
            running = _load(folder)
            if running is None:
                self._remove(folder)
            else:
                loaded.append(running)
        return tuple(loaded)

    def _remove(self, folder: Path) -> None:
        """End every process in `folder`, then the folder."""
        for member in _members(folder):
            detached.end(member)
        shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Alone at work here. The folder goes when nothing is left in it, and the one it is in likewise."""
        held = None
        while held is None:
            self._root.mkdir(parents=True, exist_ok=True)
            try:
                file = lock(self._root)
            except FolderTaken:
                next_step = "Wait for it to end, then try again."
                raise FolderTaken(f"another command works on the servers in {self._root}", next_step) from None
            if (self._root / LOCK).exists() and os.path.samestat(os.fstat(file.fileno()), (self._root / LOCK).stat()):
                held = file
            else:  # whoever held it before us removed it
                file.close()
        try:
            yield
        finally:
            if not any(path.is_dir() for path in self._root.iterdir()):
                (self._root / LOCK).unlink()
                with suppress(OSError):
                    self._root.rmdir()
                    self._root.parent.rmdir()
            held.close()


def _launch(folder: Path, plan: Callable[[Path, int], Plan]) -> int:
    return detached.start(folder, plan)


def _load(folder: Path) -> Running | None:
    try:
        record = json.loads((folder / RECORD).read_text())
    except FileNotFoundError:
        return None
    members = (Member(path.name, detached.pid(path)) for path in _members(folder))
    return Running(folder.name, record["address"], tuple(members))


def _members(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

"""One process on a node, from its start to its crash: all that a crash destroys."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from itertools import count
from typing import Any

from twitterlab.errors import Failure
from twitterlab.world.calls import Calls
from twitterlab.world.frames import Frame, Reply
from twitterlab.world.ground import Ground
from twitterlab.world.life import LIFE, Life, Owner
from twitterlab.world.service import Service
from twitterlab.world.work import WORK


class Process:
    """Memory, tasks, handlers and open calls of one life."""

    def __init__(
        self, ground: Ground, owner: Owner, name: str, numbers: count[int], concurrency: int, backlog: int
    ) -> None:
        self._ground, self._name = ground, name
        self.life = Life(owner)
        self.context = copy_context()
        self.context.run(LIFE.set, self.life)
        self.context.run(WORK.set, None)
        self.calls = Calls(ground, name, numbers)
        self.service = Service(ground, name, self.calls, self.context, concurrency, backlog)

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run it beside everything else. An error in it that is no Failure is a bug and ends the run."""
        task = self._ground.loop.create_task(coroutine, name=name, context=self.context.copy())
        task.add_done_callback(self._look_for_bugs, context=self.context)
        return task

    def _look_for_bugs(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Failure):
            self._ground.fail(error, f"{self._name}, task {task.get_name()}")

    def receive(self, source: str, frame: Frame) -> None:
        """A frame arrived. While the process is paused, its machine keeps it."""
        if not self.life.is_running:
            self.life.hold(lambda: self.receive(source, frame))
        elif isinstance(frame, Reply):
            self.calls.answered(frame)
        else:
            self.service.receive(source, frame)

    def end(self) -> None:
        """Fall silent, without a `finally`."""
        tasks = (task for task in asyncio.all_tasks(self._ground.loop) if getattr(task, "life", None) is self.life)
        self.life.end(sorted(tasks, key=hash))

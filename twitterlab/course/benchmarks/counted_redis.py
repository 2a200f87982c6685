"""A Redis client that counts the commands it sends, those of a pipeline each by itself."""

from __future__ import annotations

from typing import Any


class CountedRedis:
    """Everything is the client's own. `commands` counts."""

    def __init__(self, client: Any) -> None:
        self.client, self.commands = client, 0
        execute = client.execute_command

        async def counting(*arguments: Any, **options: Any) -> Any:
            self.commands += 1
            return await execute(*arguments, **options)

        client.execute_command = counting

    def pipeline(self, *arguments: Any, **options: Any) -> Any:
        pipe = self.client.pipeline(*arguments, **options)
        execute = pipe.execute

        async def counting(*args: Any, **opts: Any) -> Any:
            self.commands += len(pipe)
            return await execute(*args, **opts)

        pipe.execute = counting
        return pipe

    def __getattr__(self, name: str) -> Any:
        return getattr(self.client, name)

"""One detached Valkey process, of which services are made: alone, in a cluster, watched by Sentinels."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twitterlab.servers.detached import Plan
from twitterlab.servers.process import StartFailed
from twitterlab.servers.service import Launch, Service
from twitterlab.servers.valkey import DURABLE, VALKEY

PING_WITHIN_S, ANSWERS_WITHIN_S = 1.0, 30.0


def node(
    password: str, settings: Mapping[str, str] = DURABLE, *flags: str, needs: str = ""
) -> Callable[[Path, int], Plan]:
    """The plan of one. `settings` are lines of its configuration, `flags` come after it on the command line, and
    it counts as ready once it answers a PING."""

    def plan(folder: Path, port: int) -> Plan:
        own = {
            "bind": "127.0.0.1",
            "port": str(port),
            "requirepass": password,
            "masterauth": password,
            "daemonize": "no",
            "dir": f'"{folder}"',
        }
        if "--sentinel" in flags:
            del own["masterauth"]
        file = folder / "valkey.conf"
        file.touch(0o600)
        file.write_text("".join(f"{name} {value}\n" for name, value in {**own, **settings}.items()) + needs)
        return Plan((str(VALKEY.need()), str(file), *flags), lambda: _answers(port, password))

    return plan


def ask(port: int, password: str, within_s: float = ANSWERS_WITHIN_S) -> Any:
    """A client that blocks and never tries again."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis(
        port=port, password=password, socket_timeout=within_s, retry=Retry(NoBackoff(), 0), decode_responses=True
    )


@contextmanager
def answering(who: str) -> Iterator[None]:
    """StartFailed for an answer that says no, or none at all."""
    from redis import RedisError

    try:
        yield
    except (RedisError, OSError) as error:
        raise StartFailed(f"{who} did not come to work: {error}", "Is this machine busy? Try again.") from None


def _answers(port: int, password: str) -> bool:
    from redis import RedisError

    try:
        with ask(port, password, PING_WITHIN_S) as client:
            return bool(client.ping())
    except (RedisError, OSError):
        return False


def start(launch: Launch) -> str:
    """One server that writes to disk before it answers."""
    password = secrets.token_hex(16)
    port = launch("valkey", node(password))
    return f"redis://:{password}@127.0.0.1:{port}"


SERVICE = Service("valkey", "one Valkey, on disk before it answers", (VALKEY,), start)

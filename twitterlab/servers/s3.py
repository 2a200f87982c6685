"""An S3 API on this machine: moto's server, which keeps what it is given in memory and believes any credentials.

It is a stand-in for tests, no store: what is in it is gone with the process.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.http_probe import says
from twitterlab.servers.process import Process, StartFailed, free_port
from twitterlab.servers.service import Launch, Service

GET_IT = "Get it: `pip install 'moto[s3]' flask flask-cors`."
MOTO = Program("moto_server", "moto", "server.py", GET_IT)
FLASK = Program("flask", "flask", "__init__.py", GET_IT)
FLASK_CORS = Program("flask-cors", "flask_cors", "__init__.py", GET_IT)


PORTS_TRIED = 5


@contextmanager
def open() -> Iterator[str]:
    """The address of a server of our own, ended at the end, also when we are killed. BadInput when it is missing."""
    for program in (MOTO, FLASK, FLASK_CORS):
        program.need()
    with tempfile.TemporaryDirectory(prefix="twitterlab-s3-") as temporary:
        process, port = _started(Path(temporary))
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.stop()


def _started(folder: Path) -> tuple[Process, int]:
    for attempt in range(1, PORTS_TRIED + 1):
        port = free_port()
        plan = _plan(folder, port)
        process = Process(plan.command, folder, plan.is_ready, is_temporary=True)
        try:
            process.start()
        except StartFailed as failed:
            if attempt == PORTS_TRIED or "in use" not in failed.problem:
                raise
            continue
        return process, port
    raise AssertionError("the last attempt returned or raised")


def start(launch: Launch) -> str:
    """One server."""
    return f"http://127.0.0.1:{launch('moto', _plan)}"


def _plan(folder: Path, port: int) -> Plan:
    found = MOTO.need()
    command = (sys.executable, "-m", "moto.server") if found.suffix == ".py" else (str(found),)
    return Plan((*command, "-H", "127.0.0.1", "-p", str(port)), lambda: says(port, "/moto-api/", "Moto"))


SERVICE = Service("s3", "an S3 API in memory (moto)", (MOTO, FLASK, FLASK_CORS), start)

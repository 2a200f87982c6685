"""An S3 API on this machine: moto's server, which keeps what it is given in memory and believes any credentials.

It is a stand-in for tests, no store: what is in it is gone with the process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from twitterlab.servers.binary import Program
from twitterlab.servers.detached import Plan
from twitterlab.servers.http_probe import says
from twitterlab.servers.service import Launch, Service

GET_IT = "Get it: `pip install 'moto[s3]' flask flask-cors`."
MOTO = Program("moto_server", "moto", "server.py", GET_IT)
FLASK = Program("flask", "flask", "__init__.py", GET_IT)
FLASK_CORS = Program("flask-cors", "flask_cors", "__init__.py", GET_IT)


def start(launch: Launch) -> str:
    """One server."""
    return f"http://127.0.0.1:{launch('moto', _plan)}"


def _plan(folder: Path, port: int) -> Plan:
    found = MOTO.need()
    command = (sys.executable, "-m", "moto.server") if found.suffix == ".py" else (str(found),)
    return Plan((*command, "-H", "127.0.0.1", "-p", str(port)), lambda: says(port, "/moto-api/", "Moto"))


SERVICE = Service("s3", "an S3 API in memory (moto)", (MOTO, FLASK, FLASK_CORS), start)

"""What a served process allows itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("resource", reason="Windows has no limit on open files")
FEW = """
import resource
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
from starlette.applications import Starlette
from twitterlab.stage.serving import server
server(Starlette())
soft, still = resource.getrlimit(resource.RLIMIT_NOFILE)
assert still == hard, "the hard limit is the system's"
print(soft if hard == resource.RLIM_INFINITY else soft - min(hard, 11_000) + 11_000)
"""


def test_a_server_may_open_as_many_files_as_it_promises_connections():
    said = subprocess.run([sys.executable, "-c", FEW], capture_output=True, text=True, check=True).stdout

    assert int(said) == 11_000

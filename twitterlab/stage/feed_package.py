"""The packaged Python feed library, stream-framework, on the same Valkey: one more row where it can be installed.

It wants redis-py 2, which nothing here works with, so that it gets an environment of its own, made for the run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twitterlab.stage.retwis_clone import Rates, Workload

PACKAGES = ("stream-framework==1.4.0", "redis<3")
INSTALL_WITHIN_S, RUN_WITHIN_S = 120, 120
CHILD = Path(__file__).with_name("feed_package_child.py")
TWEETS, READERS, READS = 500, 50, 500
"""Every reader has a full page before the first measured tweet."""


def on_stream_framework(workload: Workload) -> Rates | str:
    """What it does with a second of a core, its server's included; or why there is no such row."""
    with tempfile.TemporaryDirectory(prefix="twitterlab-stream-framework-") as folder:
        try:
            python = _installed(Path(folder))
            return _measured(python, workload)
        except subprocess.CalledProcessError as failed:
            said = (failed.stderr or failed.stdout or str(failed)).strip().splitlines()
            return f"stream-framework cannot be installed or run here: {said[-1] if said else failed}"
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"stream-framework cannot be installed or run here: {error}"


def _installed(folder: Path) -> Path:
    """A Python that has it."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if uv is not None:
        commands = [[uv, "venv", "-q", "-p", sys.executable, str(folder)], [uv, "pip", "install", "-q", "-p", str(python), *PACKAGES]]  # fmt: skip
    else:
        commands = [[sys.executable, "-m", "venv", str(folder)], [str(python), "-m", "pip", "install", "-q", *PACKAGES]]
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_WITHIN_S)
    return python


def _measured(python: Path, workload: Workload) -> Rates:
    from redis import Redis

    from twitterlab.servers import valkey

    tweets = [(author, workload.followers(author).tolist()) for author in workload.authors[:TWEETS].tolist()]
    readers = list(dict.fromkeys(workload.readers.tolist()))[:READERS]
    with valkey.open(settings=valkey.VOLATILE) as server, Redis(**server.address()) as client:
        asked = {"address": server.address(), "readers": readers, "tweets": tweets, "reads": READS}

        def server_s() -> float:
            told = client.info("cpu")
            return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])

        with subprocess.Popen(
            [str(python), str(CHILD)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as child:  # fmt: skip
            assert child.stdin is not None and child.stdout is not None and child.stderr is not None
            child.stdin.write(json.dumps(asked))
            child.stdin.close()
            child.stdout.readline()
            before_s = server_s()
            posted = child.stdout.readline()
            posting_s = server_s() - before_s
            before_s = server_s()
            read = child.stdout.readline()
            reading_s = server_s() - before_s
            if child.wait(RUN_WITHIN_S) or not read:
                raise subprocess.CalledProcessError(
                    child.returncode or 1, "stream-framework", stderr=child.stderr.read()
                )
        posting, reading = json.loads(posted), json.loads(read)
    return Rates(
        posting["deliveries"] / (posting["posting_s"] + posting_s),
        READS / (reading["reading_s"] + reading_s),
        reading["tweets"] / READS,
    )

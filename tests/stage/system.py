"""A served system of several processes, started as a person starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
GIVEN_UP_AFTER_S = 900
"""A system that hangs is ended, so that a test which waits for it fails."""


class System:
    """A served system of several processes; lines of its output are waited for, never for a while."""

    def __init__(self, *words: str) -> None:
        command = [sys.executable, "-u", "-m", "twitterlab", "serve", "--port", "0", *words]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, start_new_session=True
        )
        self._watch = threading.Timer(GIVEN_UP_AFTER_S, self.process.kill)
        self._watch.start()
        self.lines: list[str] = []
        self.url = self.pids = None
        while self.url is None or self.pids is None:
            line = self.line()
            if found := re.match(r"(http://\S+)", line):
                self.url = found[1]
            if line.startswith("processes: "):
                self.pids = {name: int(pid) for name, pid in re.findall(r"([\w-]+) (\d+)", line.partition(": ")[2])}

    def line(self) -> str:
        line = self.process.stdout.readline()
        assert line, "it ended: " + "".join(self.lines[-20:])
        self.lines.append(line)
        if again := re.match(r"([\w-]+): started anew as process (\d+)", line):
            self.pids[again[1]] = int(again[2])
        return line

    def until(self, pattern: str) -> None:
        while not re.search(pattern, self.line()):
            pass

    def signed_up(self, handle: str) -> httpx.Client:
        account = {"handle": handle, "name": handle, "password": "long enough"}
        answer = self.patient("POST", "/api/accounts", json=account)
        assert answer.status_code == 201, answer.text
        headers = {"Authorization": f"Bearer {answer.json()['token']}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def patient(self, method: str, path: str, **more) -> httpx.Response:
        """Again while a service is still starting."""
        while (answer := httpx.request(method, self.url + path, timeout=60, **more)).status_code == 503:
            assert self.process.poll() is None
        return answer

    def close(self) -> str:
        """Ctrl-C; the rest of what it said, which ends when nobody holds its output any more."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        rest = self.process.stdout.read()
        self.process.wait()
        self._watch.cancel()
        self.process.stdout.close()
        return rest


def once(client: httpx.Client, path: str, field: str, **params: str) -> Any:
    """A field of an answer, as soon as it is anything. Whoever asks too often for the limits asks again."""
    while not (found := client.get(path, params=params).json().get(field)):
        pass
    return found


def searched(client: httpx.Client, text: str) -> list[dict]:
    """What is found, once fan-out has come there."""
    return once(client, "/api/search/tweets", "items", q=text)

"""Whether a server that speaks HTTP is ready: one request, no more than a second."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException


def says(port: int, path: str, text: str) -> bool:
    """Whether `GET path` on this loopback port answers 200 with `text` in its body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=1.0)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status == 200 and text.encode() in answer.read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()

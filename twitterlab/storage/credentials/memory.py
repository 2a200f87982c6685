"""Credentials in memory."""

from __future__ import annotations

from twitterlab.errors import Refused


class MemoryCredentials:
    """`Credentials` in two dictionaries."""

    def __init__(self) -> None:
        self._passwords: dict[int, str] = {}
        self._sessions: dict[bytes, tuple[int, int]] = {}

    async def set_password(self, user_id: int, hashed: str) -> None:
        self._passwords[user_id] = hashed

    async def password(self, user_id: int) -> str | None:
        return self._passwords.get(user_id)

    async def open_session(self, digest: bytes, user_id: int, expires_ms: int) -> None:
        if digest in self._sessions:
            raise Refused("this session is open already", kind="taken")
        self._sessions[digest] = (user_id, expires_ms)

    async def session(self, digest: bytes, now_ms: int) -> int | None:
        user_id, expires_ms = self._sessions.get(digest, (0, 0))
        return user_id if now_ms < expires_ms else None

    async def close_session(self, digest: bytes) -> None:
        self._sessions.pop(digest, None)

    async def close_all(self, user_id: int) -> None:
        self._sessions = {digest: session for digest, session in self._sessions.items() if session[0] != user_id}

    async def forget_expired(self, now_ms: int) -> int:
        before = len(self._sessions)
        self._sessions = {digest: session for digest, session in self._sessions.items() if now_ms < session[1]}
        return before - len(self._sessions)

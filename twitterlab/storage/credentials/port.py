"""The port of credentials: password hashes and sessions. Nothing here can be used to sign in by itself."""

from __future__ import annotations

from typing import Protocol


class Credentials(Protocol):
    """What proves who somebody is.

    Clauses:
      1. `set_password` replaces; `password` is None for who never had one. What is kept is a salted hash, made above.
      2. A session is found by the digest of its token until `expires_ms`, and not from then on.
      3. `close_session` and `close_all` take effect at once and are idempotent; a closed session never comes back.
      4. `open_session` with a digest in use is `Refused(kind="taken")`.
      5. `forget_expired` drops what clause 2 no longer finds, and says how many.
    """

    async def set_password(self, user_id: int, hashed: str) -> None: ...

    async def password(self, user_id: int) -> str | None: ...

    async def open_session(self, digest: bytes, user_id: int, expires_ms: int) -> None: ...

    async def session(self, digest: bytes, now_ms: int) -> int | None:
        """Whose session it is, or None."""
        ...

    async def close_session(self, digest: bytes) -> None: ...

    async def close_all(self, user_id: int) -> None: ...

    async def forget_expired(self, now_ms: int) -> int: ...

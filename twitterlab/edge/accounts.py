"""Accounts at the door: who may come in. Passwords are hashed with Argon2id, sessions are random tokens.

Only the SHA-256 of a token is kept, so a stolen database opens no session. Hashing takes memory and time on
purpose (RFC 9106, second recommended choice: 64 MiB); it runs on threads, a few at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from twitterlab.edge.shapes import SESSION_MS
from twitterlab.errors import Refused
from twitterlab.model.user import User
from twitterlab.parts.given import Clock
from twitterlab.platform.client import Client
from twitterlab.platform.limits import Limit, RateLimits
from twitterlab.storage.credentials.port import Credentials
from twitterlab.storage.users.port import Users

Result = TypeVar("Result")

HASHES_AT_ONCE = 2
TRIES = {
    "sign-in": Limit(10, 15 * 60_000),
    "sign-in to one account": Limit(100, 60 * 60_000),
    "sign-in from here": Limit(100, 60 * 60_000),
    "sign-up from here": Limit(50, 60 * 60_000),
}
WRONG = "handle and password do not go together"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session. `token` is shown once and kept nowhere."""

    user: User
    token: str
    expires_ms: int


class Accounts:
    """Sign-up, sign-in, sessions. `mint` makes a token that nobody can guess."""

    def __init__(
        self,
        client: Client,
        users: Users,
        credentials: Credentials,
        clock: Clock,
        mint: Callable[[], str],
        hasher: PasswordHasher | None = None,
        tries: dict[str, Limit] | None = None,
    ) -> None:
        self._client, self._users, self._credentials = client, users, credentials
        self._clock, self._mint = clock, mint
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(mint())  # checked for unknown handles, so that time tells nothing
        self._limits = RateLimits(clock, TRIES if tries is None else tries)
        self._turn = asyncio.Semaphore(HASHES_AT_ONCE)

    async def sign_up(self, handle: str, name: str, bio: str, password: str, address: str) -> SignedIn:
        """An account with a password, and its first session."""
        self._limits.take(address, "sign-up from here")
        hashed = await self._slow(partial(self._hasher.hash, password))
        user = await self._client.sign_up(handle, name, bio)
        await self._credentials.set_password(user.id, hashed)
        return await self._open(user)

    async def sign_in(self, handle: str, password: str, address: str) -> SignedIn:
        """A session, or `Refused(kind="unauthenticated")` without a word about which of the two was wrong."""
        self._limits.take(address, "sign-in from here")
        self._limits.take((address, handle.lower()), "sign-in")
        self._limits.take(handle.lower(), "sign-in to one account")  # from however many addresses
        user = await self._users.by_handle(handle)
        known = await self._credentials.password(user.id) if user else None
        fits = await self._slow(partial(self._fits, known or self._nobody, password))
        if user is None or known is None or not fits:
            raise Refused(WRONG, "unauthenticated")
        if self._hasher.check_needs_rehash(known):
            await self._credentials.set_password(user.id, await self._slow(partial(self._hasher.hash, password)))
        return await self._open(user)

    async def change_password(self, user_id: int, old: str, new: str, address: str) -> None:
        """Set a new password and close every session."""
        self._limits.take((address, user_id), "sign-in")
        known = await self._credentials.password(user_id)
        if not await self._slow(partial(self._fits, known or self._nobody, old)) or known is None:
            raise Refused("the old password is another", "forbidden")
        await self._credentials.set_password(user_id, await self._slow(partial(self._hasher.hash, new)))
        await self._credentials.close_all(user_id)

    async def whose(self, token: str) -> int:
        """The user of a session; `Refused(kind="unauthenticated")` for a token that is none."""
        user_id = await self._credentials.session(_digest(token), self._clock.now_ms())
        if user_id is None:
            raise Refused("this session has ended: sign in", "unauthenticated")
        return user_id

    async def sign_out(self, token: str) -> None:
        await self._credentials.close_session(_digest(token))

    async def _open(self, user: User) -> SignedIn:
        token, expires_ms = self._mint(), self._clock.now_ms() + SESSION_MS
        await self._credentials.open_session(_digest(token), user.id, expires_ms)
        return SignedIn(user, token, expires_ms)

    async def _slow(self, work: Callable[[], Result]) -> Result:
        async with self._turn:
            return await asyncio.to_thread(work)

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

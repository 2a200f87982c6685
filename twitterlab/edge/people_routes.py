"""Routes of accounts, sessions and the social graph."""

from __future__ import annotations

from twitterlab.edge import shapes, shaping
from twitterlab.edge.accounts import SignedIn
from twitterlab.edge.route import PAGED, Call, Param, route
from twitterlab.edge.shapes import Done, PageOf, Person, ProfileView, Session


@route(
    "POST", "/api/accounts", tag="accounts", body=shapes.SignUp, answer=Session, status=201,
    problems=("taken", "limited"), needs_session=False,
)  # fmt: skip
async def sign_up(call: Call) -> Session:
    """Make an account and open its first session."""
    body: shapes.SignUp = call.body
    return _session(await call.accounts.sign_up(body.handle, body.name, body.bio, body.password, call.address))


@route(
    "POST", "/api/sessions", tag="accounts", body=shapes.SignIn, answer=Session, status=201,
    problems=("unauthenticated", "limited"), needs_session=False,
)  # fmt: skip
async def sign_in(call: Call) -> Session:
    """Open a session."""
    return _session(await call.accounts.sign_in(call.body.handle, call.body.password, call.address))


@route("DELETE", "/api/sessions/current", tag="accounts", answer=Done)
async def sign_out(call: Call) -> Done:
    """End this session."""
    await call.accounts.sign_out(call.token)
    return Done(True)


@route("PUT", "/api/me/password", tag="accounts", body=shapes.PasswordChange, answer=Done, problems=("forbidden",))
async def change_password(call: Call) -> Done:
    """Set a new password; every session ends."""
    await call.accounts.change_password(call.me, call.body.old, call.body.new, call.address)
    return Done(True)


@route("GET", "/api/me", tag="accounts", answer=Person, problems=("missing",))
async def read_me(call: Call) -> Person:
    """Who am I."""
    (user,) = await call.client.people(call.me, [call.me])
    return shaping.person(user)


@route("PUT", "/api/me", tag="accounts", body=shapes.ProfileChange, answer=Person)
async def update_profile(call: Call) -> Person:
    """Change name and bio."""
    return shaping.person(await call.client.update_profile(call.me, call.body.name, call.body.bio))


@route("GET", "/api/people/{handle}", tag="people", answer=ProfileView, problems=("missing", "forbidden"))
async def read_profile(call: Call) -> ProfileView:
    """A person's profile, with counts and what you are to each other."""
    return shaping.profile(await call.client.profile(call.me, call.path["handle"]))


@route(
    "GET", "/api/users/{user_id}/followers", tag="people", answer=PageOf[Person], query=PAGED, problems=("forbidden",)
)
async def read_followers(call: Call) -> PageOf[Person]:
    """Who follows this person."""
    return shaping.page(await call.client.followers_of(call.me, call.path["user_id"], *call.page), shaping.person)


@route(
    "GET", "/api/users/{user_id}/following", tag="people", answer=PageOf[Person], query=PAGED, problems=("forbidden",)
)
async def read_following(call: Call) -> PageOf[Person]:
    """Whom this person follows."""
    return shaping.page(await call.client.followed_by(call.me, call.path["user_id"], *call.page), shaping.person)


@route(
    "GET", "/api/suggestions", tag="people", answer=tuple[Person, ...],
    query=(Param("limit", "int", "How many at most", default=3, least=1, most=20),),
)  # fmt: skip
async def read_suggestions(call: Call) -> tuple[Person, ...]:
    """Whom to follow."""
    return tuple(shaping.person(user) for user in await call.client.suggestions(call.me, call.query["limit"]))


@route("PUT", "/api/following/{user_id}", tag="people", answer=Done, problems=("missing", "forbidden", "limited"))
async def follow(call: Call) -> Done:
    """Follow somebody."""
    return Done(await call.client.follow(call.me, call.path["user_id"]))


@route("DELETE", "/api/following/{user_id}", tag="people", answer=Done)
async def unfollow(call: Call) -> Done:
    """Follow somebody no more."""
    return Done(await call.client.unfollow(call.me, call.path["user_id"]))


@route("PUT", "/api/blocks/{user_id}", tag="people", answer=Done, problems=("missing",))
async def block(call: Call) -> Done:
    """Block somebody: neither sees or follows the other."""
    return Done(await call.client.block(call.me, call.path["user_id"]))


@route("DELETE", "/api/blocks/{user_id}", tag="people", answer=Done)
async def unblock(call: Call) -> Done:
    """Lift a block."""
    return Done(await call.client.unblock(call.me, call.path["user_id"]))


@route("PUT", "/api/mutes/{user_id}", tag="people", answer=Done, problems=("missing",))
async def mute(call: Call) -> Done:
    """Hide somebody from your timelines; they do not learn of it."""
    return Done(await call.client.mute(call.me, call.path["user_id"]))


@route("DELETE", "/api/mutes/{user_id}", tag="people", answer=Done)
async def unmute(call: Call) -> Done:
    """Show somebody again."""
    return Done(await call.client.unmute(call.me, call.path["user_id"]))


@route(
    "GET", "/api/search/people", tag="search", answer=PageOf[Person],
    query=(Param("q", "str", "The start of a handle or of a name", is_required=True, least=1, most=100), *PAGED),
)  # fmt: skip
async def search_people(call: Call) -> PageOf[Person]:
    """Find people, the most followed first."""
    return shaping.page(await call.client.search_people(call.me, call.query["q"], *call.page), shaping.person)


def _session(opened: SignedIn) -> Session:
    return Session(shaping.person(opened.user), opened.token, shaping.time(opened.expires_ms))

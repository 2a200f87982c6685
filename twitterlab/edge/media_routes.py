"""Routes of pictures: what is uploaded is looked at, not believed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from twitterlab.edge.route import Call, Picture, route
from twitterlab.edge.shapes import Uploaded
from twitterlab.errors import Refused

TYPES: Mapping[str, str] = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}


@route("POST", "/api/media", tag="media", body=Picture, answer=Uploaded, status=201, problems=("limited",))
async def upload(call: Call) -> Uploaded:
    """Upload a PNG, JPEG, GIF or WebP of at most 5 MB; its name goes into a tweet's `media`."""
    picture: Picture = call.body
    name = f"{hashlib.sha256(picture.content).hexdigest()}.{suffix(picture)}"
    await call.media.put(name, picture.content)
    return Uploaded(name)


@route("GET", "/media/{name}", tag="media", answer=Picture, problems=("missing",), needs_session=False)
async def read_picture(call: Call) -> Picture:
    """A picture. It never changes, so it may be kept for ever."""
    name = call.path["name"]
    return Picture(await call.media.get(name), TYPES[name.rpartition(".")[2]])


def suffix(picture: Picture) -> str:
    """What the bytes say they are; refused where that is not what was declared."""
    head = picture.content[:12]
    found = None
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        found = "png"
    elif head.startswith(b"\xff\xd8\xff"):
        found = "jpg"
    elif head[:6] in (b"GIF87a", b"GIF89a"):
        found = "gif"
    elif head[:4] == b"RIFF" and head[8:] == b"WEBP":
        found = "webp"
    if found is None or TYPES[found] != picture.content_type:
        raise Refused("this is not a PNG, JPEG, GIF or WebP of the declared type", "media-type")
    return found

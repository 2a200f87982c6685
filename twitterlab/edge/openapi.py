"""The OpenAPI 3.1 document, made of the table of routes and the shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from twitterlab.edge import analytics_routes, people_routes, tweet_routes, xray_routes  # noqa: F401 - they fill the table
from twitterlab.edge.media_routes import TYPES
from twitterlab.edge.problems import MEDIA_TYPE, STATUS
from twitterlab.edge.reading import PATTERNS
from twitterlab.edge.route import ROUTES, Param, Picture, Route
from twitterlab.edge.shapes import Problem

ALWAYS = ("malformed", "invalid", "limited", "failed", "unavailable", "uncertain")
WITH_SESSION = ("unauthenticated", "forbidden")
WITH_BODY = ("too-large", "media-type", "too-slow")
SCHEMAS = "#/components/schemas/{name}"
ABOUT = """The Twitter that you build. Ids are strings; times are RFC 3339 in UTC; pages go on with their `next`.

Live updates: `/api/live` is a WebSocket, `/api/live/events` the same as server-sent events. Both take the session as
every call does, and `after` from the last event that was heard: what was missed comes first. An event has `event`
(`hello`, `tweet`, `notification`, `message`, `reset`), `after`, and where it is about something its `id` and `by`."""
BESIDE: Mapping[str, tuple[str, Mapping[int, str]]] = MappingProxyType({
    "/health": ("Whether the process lives. It asks nobody.", {200: "application/json"}),
    "/ready": ("Whether the process reaches its stores.", {200: "application/json", 503: MEDIA_TYPE}),
    "/metrics": ("What the process counts, for Prometheus.", {200: "text/plain"}),
})  # fmt: skip
"""What those who run a process ask: path, summary, and the kind of content by status."""


def document(version: str) -> dict[str, Any]:
    """The whole document."""
    said = [shape for row in ROUTES for shape in (row.answer, row.body)]
    types = [Problem, *(shape for shape in said if shape not in (None, Picture))]
    _, components = msgspec.json.schema_components(types, ref_template=SCHEMAS)
    paths: dict[str, dict[str, Any]] = {}
    for row in ROUTES:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row)
    for path, (summary, kinds) in BESIDE.items():
        paths[path] = {"get": _beside(path, summary, kinds)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "twitterlab",
            "version": version,
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "session"},
            },
        },
    }


def _beside(path: str, summary: str, kinds: Mapping[int, str]) -> dict[str, Any]:
    answers = {str(status): {"description": summary, "content": {kind: {}}} for status, kind in kinds.items()}
    about = {"operationId": path.removeprefix("/"), "summary": summary, "tags": ["operations"]}
    return {**about, "responses": answers, "security": []}


def _operation(row: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": row.name,
        "summary": row.summary,
        "tags": [row.tag],
        "parameters": [*_path_parameters(row), *map(_query_parameter, row.query)],
        "responses": _responses(row),
        "security": [{"token": []}, {"cookie": []}] if row.needs_session else [],
    }
    if row.takes_key:
        operation["parameters"].append(
            {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "pattern": "^[!-~]{1,100}$"}}
        )
    if row.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(row.body)}
    return operation


def _responses(row: Route) -> dict[str, Any]:
    answers: dict[str, Any] = {str(row.status): {"description": "Done", "content": _content(row.answer)}}
    if row.method == "GET":
        answers["304"] = {"description": "Unchanged since the ETag in If-None-Match"}
    names = {*ALWAYS, *row.problems, *(WITH_SESSION if row.needs_session else ()), *(WITH_BODY if row.body else ())}
    if "{" in row.path:
        names.add("missing")
    if row.body is not None:
        names.add("forbidden")
    by_status: dict[int, list[str]] = {}
    for name in sorted(names):
        by_status.setdefault(STATUS[name][0], []).append(name)
    for status, kinds in sorted(by_status.items()):
        schema = {"$ref": SCHEMAS.format(name="Problem")}
        answers[str(status)] = {
            "description": "; ".join(STATUS[kind][1] for kind in kinds),
            "content": {"application/problem+json": {"schema": schema}},
        }
    return answers


def _content(shape: Any) -> dict[str, Any]:
    if shape is Picture:
        return {content_type: {"schema": {"type": "string", "format": "binary"}} for content_type in TYPES.values()}
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=SCHEMAS)
    return {"application/json": {"schema": schema}}


def _path_parameters(row: Route) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": _pattern(name)},
        }
        for name in re.findall(r"{(\w+)}", row.path)
    ]


def _pattern(name: str) -> str:
    if name.endswith("_id"):
        return "^[0-9]{1,19}$"
    return f"^{PATTERNS[name].pattern}$"


def _query_parameter(param: Param) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": param.least, "maxLength": param.most}
    if param.kind == "int":
        schema = {"type": "integer", "minimum": param.least, "maximum": param.most}
    if param.default is not None:
        schema["default"] = param.default
    return {
        "name": param.name, "in": "query", "required": param.is_required, "description": param.about, "schema": schema,
    }  # fmt: skip

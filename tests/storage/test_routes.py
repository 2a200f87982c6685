"""The routing table says what really runs."""

from __future__ import annotations

import pytest

from twitterlab.storage.engines import ENGINES
from twitterlab.storage.routes import NAMES, routes


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_has_a_place_for_every_kind_of_data(name):
    table = routes(name)

    assert len(table) == 15
    assert table["tweets"] == NAMES[ENGINES[name].rows]
    assert table["event log"].startswith(NAMES[ENGINES[name].server])
    assert all(table.values())


def test_what_is_routed_elsewhere_is_said_to_be_there_and_nothing_else_moves():
    plain, routed = routes("sqlite"), routes("sqlite", {"search": "tantivy", "pictures": "s3:http://127.0.0.1:1"})

    assert routed["search index"] == "tantivy, an index in files"
    assert routed["pictures"] == "the S3 API at http://127.0.0.1:1"
    assert {kind for kind in plain if plain[kind] != routed[kind]} == {"search index", "pictures"}


def test_only_a_run_with_timelines_in_a_server_has_them_there():
    assert {name for name in ENGINES if "process" not in routes(name)["home timelines"]} == {
        "valkey",
        "redis",
        "valkey-cluster",
        "sentinel",
        "postgres",
        "postgres-replica",
        "mysql",
    }

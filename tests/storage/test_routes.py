"""The routing table says what really runs."""

from __future__ import annotations

import pytest

from twitterlab.storage.engines import ENGINES
from twitterlab.storage.routes import NAMES, routes


@pytest.mark.parametrize("name", ENGINES)
def test_every_engine_has_a_place_for_every_kind_of_data(name):
    table = routes(name)

    assert len(table) == 14
    assert table["tweets"] == NAMES[ENGINES[name].rows]
    assert table["event log"].startswith(NAMES[ENGINES[name].server])
    assert all(table.values())


def test_only_a_run_with_timelines_in_a_server_has_them_there():
    assert {name for name in ENGINES if "process" not in routes(name)["home timelines"]} == {
        "valkey",
        "redis",
        "valkey-cluster",
        "postgres",
    }

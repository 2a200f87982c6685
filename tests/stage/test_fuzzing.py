"""The fuzzer's own eyes: what it must find, it finds."""

from __future__ import annotations

import asyncio
import importlib

import pytest

httpx = pytest.importorskip("httpx", reason="needs httpx: pip install 'twitterlab[dev]'")
pytest.importorskip("schemathesis", reason="needs schemathesis: pip install 'twitterlab[dev]'")

from tests.edge.conftest import SOLVED  # noqa: E402 - after the skips
from twitterlab.stage.fuzzing import Fuzzing, fuzz  # noqa: E402 - after the skips

pytestmark = pytest.mark.slow
SHORT = Fuzzing(minutes=0.4, examples=4)


def test_a_system_that_keeps_what_is_ones_own_stands_it():
    said = []
    assert asyncio.run(fuzz(SOLVED, SHORT, said.append))
    assert said[-1].startswith("Ann has what she had")


def test_what_is_not_hidden_is_found(monkeypatch, capfd):
    put = httpx.AsyncClient.put

    async def no_blocks(self, url, **more):
        return await put(self, "/api/mutes/1" if "/blocks/" in url else url, **more)

    monkeypatch.setattr(httpx.AsyncClient, "put", no_blocks)

    assert not asyncio.run(fuzz(SOLVED, SHORT, lambda line: None))
    assert "shows what belongs to others" in capfd.readouterr().out


def test_existing_ids_stand_where_valid_ones_were_drawn(monkeypatch):
    schemathesis = pytest.importorskip("schemathesis")
    hooks = importlib.import_module("twitterlab.stage.fuzz_hooks")
    schemathesis.hooks.unregister_all()
    monkeypatch.setitem(hooks.CAST, "known", {"user_id": ["7"]})

    class Drawn:
        meta = None
        query = body = None

        def __init__(self, user_id):
            self.path_parameters = {"user_id": user_id}

    ids = [hooks.map_case(None, Drawn(str(number))).path_parameters["user_id"] for number in range(400)]
    assert 250 < ids.count("7") < 350

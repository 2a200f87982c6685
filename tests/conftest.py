"""What tests of several rooms share: a real server."""

from __future__ import annotations

import pytest

from twitterlab.errors import TwitterlabError
from twitterlab.servers import valkey


@pytest.fixture(scope="session")
def valkey_server():
    """One private Valkey for the tests of this process. Take `valkey_empty` in a test."""
    if valkey.VALKEY.find() is None:
        pytest.skip(f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.get_it}")
    try:
        opened = valkey.open(settings=valkey.VOLATILE)
        server = opened.__enter__()
    except TwitterlabError as error:
        pytest.skip(str(error))
    yield server
    opened.__exit__(None, None, None)


@pytest.fixture
def valkey_empty(valkey_server):
    """The server with nothing in it."""
    valkey_server.flush()
    return valkey_server

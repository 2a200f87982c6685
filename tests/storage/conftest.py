"""Every engine, opened fresh for a test."""

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.storage.stores import ENGINES, open_stores


@pytest.fixture(params=[*ENGINES, "postgres"])
def open_engine(request, tmp_path):
    """Opens the engine; again, on the same folder, after a close."""
    if request.param == "postgres":
        address = request.getfixturevalue("postgres_empty")
        from twitterlab.storage.postgres_stores import open_postgres

        return lambda: open_postgres(address, tmp_path)
    return lambda: open_stores(request.param, tmp_path, SocialSchema())

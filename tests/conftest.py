"""What tests of several rooms share: a real server, a workbook as a student gets it."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, settings

from twitterlab.servers import postgres, postgres_pair, private_cluster, private_sentinel, valkey

# The same examples in every run, and none of them fails because the machine is busy.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_make_parametrize_id(config, val, argname):
    """A set has no order of its own: without this, parallel workers collect different tests."""
    return "+".join(sorted(map(str, val))) or "nothing" if isinstance(val, set | frozenset) else None


@pytest.fixture(scope="session")
def valkey_server():
    """One private Valkey for the tests of this process. Take `valkey_empty` in a test."""
    if valkey.VALKEY.find() is None:
        pytest.skip(f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.get_it}")
    with valkey.open(settings=valkey.VOLATILE) as server:
        yield server


@pytest.fixture
def valkey_empty(valkey_server):
    """The server with nothing in it."""
    valkey_server.flush()
    return valkey_server


@pytest.fixture(scope="session")
def valkey_cluster():
    """One private Valkey Cluster for the tests of this process. Empty it first."""
    if valkey.VALKEY.find() is None:
        pytest.skip(f"{valkey.VALKEY.why_not()}. {valkey.VALKEY.get_it}")
    with private_cluster.open(settings=valkey.VOLATILE) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def valkey_sentinel(valkey_server):
    """One private Valkey under Sentinel for the tests of this process. Empty it first."""
    with private_sentinel.open(settings=valkey.VOLATILE) as servers:
        yield servers


@pytest.fixture(scope="session")
def postgres_server():
    """One private PostgreSQL for the tests of this process, which waits for no disk. Take `postgres_empty` in a test."""
    if postgres.POSTGRES.find() is None:
        pytest.skip(f"{postgres.POSTGRES.why_not()}. {postgres.POSTGRES.get_it}")
    pytest.importorskip("psycopg", reason="no psycopg. Get it: `pip install 'psycopg[binary]'`.")
    with postgres.open(settings={**postgres.SETTINGS, "fsync": "off"}) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_pair_server(postgres_server):
    """One private PostgreSQL with a standby for the tests of this process, which waits for no disk."""
    with postgres_pair.open(settings={**postgres_pair.APPLIED, "fsync": "off"}) as pair:
        yield pair


@pytest.fixture
def postgres_pair_empty(postgres_pair_server):
    """The pair with no table."""
    import psycopg

    with psycopg.connect(postgres_pair_server.address()) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return postgres_pair_server


@pytest.fixture(scope="session")
def empty_postgres(postgres_server):
    """Empties every table of the database."""
    import psycopg

    def truncate():
        with psycopg.connect(postgres_server.address()) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            if tables:
                connection.execute(f"TRUNCATE {', '.join(name for (name,) in tables)}")

    return truncate


@pytest.fixture
def postgres_empty(postgres_server, empty_postgres):
    """The URL of its database, with nothing in the tables."""
    empty_postgres()
    return postgres_server.address()


@pytest.fixture
def book(tmp_path):
    """A workbook of its own, whose exercises are all untouched."""
    from twitterlab.course.starters import generate
    from twitterlab.course.workbook import Workbook, packaged

    for folder in ("weeks", "solutions"):
        shutil.copytree(packaged().root / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "workbook.toml").touch()
    made = Workbook(tmp_path, is_own=True)
    for path, source in generate(made).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return made


@pytest.fixture
def solve(book):
    """Puts the solution of a day in its exercise, with one edit: `solve("1.3", old, new)`."""
    from twitterlab.course.syllabus import resolve

    def put(what, old="", new=""):
        (entry,) = resolve(book, what)
        source = entry.solution(book).read_text(encoding="utf-8")
        assert old in source
        entry.exercise(book).write_text(source.replace(old, new, 1) if old else source, encoding="utf-8")
        return entry

    return put

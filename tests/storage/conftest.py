"""Every engine, opened fresh for a test."""

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.storage.stores import ENGINES, open_stores

WAITS_FOR_NO_DISK = {"innodb-flush-log-at-trx-commit": "0", "innodb-flush-method": "nosync", "debug-no-sync": "1"}


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("mysql", "postgres-replica")]


@pytest.fixture(params=[*ENGINES, "durable arrays", "postgres", *SLOW])
def open_engine(request, tmp_path):
    """Opens the engine; again, on the same folder, after a close."""
    if request.param == "postgres":
        address = request.getfixturevalue("postgres_empty")
        from twitterlab.storage.postgres_stores import open_postgres

        return lambda: open_postgres(address, tmp_path)
    if request.param == "durable arrays":
        from twitterlab.storage.durable_arrays import DurableArrays

        return lambda: DurableArrays(tmp_path).stores
    if request.param == "mysql":
        url = request.getfixturevalue("mysql_empty")
        from twitterlab.storage.mysql_stores import open_mysql

        return lambda: open_mysql(url, tmp_path)
    if request.param == "postgres-replica":
        pair = request.getfixturevalue("postgres_pair_empty")
        from twitterlab.storage.postgres_stores import open_postgres

        return lambda: open_postgres(pair.address(), tmp_path, pair.address("prefer-standby"))
    return lambda: open_stores(request.param, tmp_path, SocialSchema())


@pytest.fixture(scope="session")
def mysql_server():
    """One private MariaDB for the tests of this process, which waits for no disk. Take `mysql_empty` in a test."""
    from twitterlab.servers import mysql

    if mysql.MARIADB.find() is None:
        pytest.skip(f"{mysql.MARIADB.why_not()}. {mysql.MARIADB.get_it}")
    pytest.importorskip("pymysql", reason="no pymysql. Get it: `pip install pymysql`.")
    with mysql.open(settings={**mysql.SETTINGS, **WAITS_FOR_NO_DISK}) as server:
        yield server


@pytest.fixture(scope="session")
def empty_mysql(mysql_server):
    """Empties every table of the database."""
    from twitterlab.storage.mysql_database import MysqlDatabase

    def truncate():
        connection = MysqlDatabase(mysql_server.address())._connected()
        with connection, connection.cursor() as cursor:
            cursor.execute("SET foreign_key_checks = 0")
            cursor.execute("SHOW TABLES")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {name}")
            if cursor.execute("SHOW TABLES LIKE 'counts'"):
                cursor.execute("DELETE FROM counts")

    return truncate


@pytest.fixture
def mysql_empty(mysql_server, empty_mysql):
    """The URL of its database, with nothing in the tables."""
    empty_mysql()
    return mysql_server.address()

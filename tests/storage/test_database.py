"""The SQLite file: what it says when it cannot be used, and what a reader sees of a writer."""

import asyncio
import sqlite3
import subprocess
import sys

import pytest

from solutions.week1.day2_schema import SocialSchema
from twitterlab.errors import BadInput, Refused, TwitterlabError
from twitterlab.model.user import User
from twitterlab.parts.schema import NoSchema
from twitterlab.storage.database import FILE
from twitterlab.storage.stores import open_stores
from twitterlab.world.virtual import run_virtual


class OlderSchema(SocialSchema):
    """The solution before somebody thought of an index for conversations."""

    def tables(self):
        return [statement for statement in super().tables() if "tweets_by_parent" not in statement]


class ReformattedSchema(SocialSchema):
    """The solution with other white space."""

    def tables(self):
        return [" ".join(statement.split()) for statement in super().tables()]


def opened(folder, story, schema=SocialSchema):
    async def main():
        stores = open_stores("sqlite", folder, schema())
        try:
            return await story(stores)
        finally:
            await stores.close()

    return asyncio.run(main())


async def sign_up(stores):
    await stores.users.add(User(1, "ada", "Ada", 5))


async def look(stores):
    return [user.handle for user in await stores.users.many([1])]


class CommentedSchema(SocialSchema):
    """The solution with its settings explained."""

    def tables(self):
        first, *rest = super().tables()
        assert first.startswith("PRAGMA foreign_keys")
        return [f"-- nobody tweets\n /* for nobody */ {first.lower()}", *rest]


def test_the_settings_of_a_schema_hold_for_every_write(tmp_path):
    async def story(stores):
        return await stores.users._database.write(lambda c: c.execute("PRAGMA foreign_keys").fetchone()[0])

    for schema in (SocialSchema, CommentedSchema):
        assert opened(tmp_path, story, schema) == 1
    assert opened(tmp_path / "null", story, NoSchema) == 0


@pytest.mark.parametrize(
    ("before", "after"), [(OlderSchema, SocialSchema), (SocialSchema, OlderSchema), (NoSchema, SocialSchema)]
)
def test_a_file_with_the_tables_of_another_schema_is_refused_with_a_way_out(tmp_path, before, after):
    opened(tmp_path, sign_up, before)

    with pytest.raises(BadInput, match=r"made with other tables\. Choose another folder"):
        opened(tmp_path, look, after)

    assert opened(tmp_path, look, before) == ["ada"]


def test_a_file_from_before_a_table_of_ours_is_taken_over(tmp_path):
    opened(tmp_path, sign_up)
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("DROP TABLE media")

    assert opened(tmp_path, look, ReformattedSchema) == ["ada"]


def test_what_is_no_database_is_bad_input(tmp_path):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / FILE).write_text("these are not tables " * 100)
    (tmp_path / "taken").write_text("a file where the folder should be")
    (tmp_path / "folder" / FILE).mkdir(parents=True)

    for name in ("text", "taken", "folder"):
        with pytest.raises(BadInput) as bad:
            open_stores("sqlite", tmp_path / name, SocialSchema())
        assert name in bad.value.problem and bad.value.next_step


HOLDER = """
import sys
from pathlib import Path
from solutions.week1.day2_schema import SocialSchema
from twitterlab.storage.stores import open_stores

stores = open_stores("sqlite", Path(sys.argv[1]), SocialSchema())
print("open", flush=True)
sys.stdin.read()
"""


def test_a_folder_is_for_one_process_until_it_ends_or_is_killed(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(BadInput, match=r"is in use\. Stop the other run"):
            opened(tmp_path, look)
        holder.kill()

    opened(tmp_path, sign_up)
    assert opened(tmp_path, look) == ["ada"]


def test_a_folder_is_for_one_at_a_time_in_a_process_too(tmp_path):
    async def story(stores):
        with pytest.raises(BadInput, match="is in use"):
            open_stores("sqlite", tmp_path, SocialSchema())
        return await look(stores)

    opened(tmp_path, sign_up)
    assert opened(tmp_path, story) == ["ada"]


def test_a_wrong_statement_of_the_part_shows_as_it_is(tmp_path):
    class Misspelt(SocialSchema):
        def tables(self):
            return ["CREATE TABEL users (id)"]

    with pytest.raises(sqlite3.OperationalError, match="TABEL"):
        open_stores("sqlite", tmp_path, Misspelt())


def test_a_damaged_file_is_unavailable_not_a_traceback(tmp_path):
    opened(tmp_path, sign_up)
    page = 4096
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:page] + b"\xff" * (len(whole) - page))

    with pytest.raises((BadInput, Refused)) as failure:
        opened(tmp_path, look)

    assert isinstance(failure.value, TwitterlabError) or failure.value.kind == "unavailable"


def test_a_closed_database_refuses_reads_and_writes(tmp_path):
    async def story():
        stores = open_stores("sqlite", tmp_path, SocialSchema())
        await stores.close()
        await stores.close()
        for call in (look, sign_up):
            with pytest.raises(Refused) as refused:
                await call(stores)
            assert refused.value.kind == "unavailable"

    asyncio.run(story())
    run_virtual(lambda clock: story())


def test_values_that_no_database_can_hold_are_refused(tmp_path):
    async def story(stores):
        for call in (
            stores.users.by_handle("\ud800"),
            stores.users.counts(2**64),
            stores.users.add(User(1, "ada", "\ud800", 0)),
            stores.users.add(User(2**64, "ada", "Ada", 0)),
        ):
            with pytest.raises(Refused) as refused:
                await call
            assert refused.value.kind == "invalid"
        assert await stores.users.many([2**64, 2**200]) == []

    opened(tmp_path, story)


def test_what_a_write_acknowledged_the_next_read_sees(tmp_path):
    async def story(stores):
        async def one(id_):
            await stores.users.add(User(id_, f"user{id_}", "x", 0))
            return [user.id for user in await stores.users.many([id_])] == [id_]

        return all(await asyncio.gather(*map(one, range(200))))

    assert opened(tmp_path, story)

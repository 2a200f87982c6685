"""Which engine a command was asked for: `--engine NAME`, or `--real`."""

from __future__ import annotations

ENGINES = "embedded, memory, sqlite, arrays, fakeredis, valkey, redis, valkey-cluster, sentinel, postgres, postgres-replica or mysql"
"""For help texts, which are printed without loading an engine."""
REAL_HELP = "Short for --engine real: PostgreSQL and Valkey, started for you."

ROUTE_HELP = "Keep a kind of data elsewhere: search=tantivy, pictures=s3 (or s3:URL), analytics=duckdb. Repeatable."


def chosen_engine(name: str | None, is_real: bool, lab: str | None = None) -> str | None:
    """The engine by the name it has in a report; None where nobody chose. BadInput for a name there is not, and for
    two answers to one question. An experiment, `lab`, knows its own engines: it is given the name as it is."""
    if not is_real and name is None:
        return None
    if lab is not None and name is None:
        return "real"
    if lab is not None and not is_real:
        return name
    from twitterlab.errors import BadInput
    from twitterlab.storage.engines import ALSO_CALLED, REAL, engine

    if is_real and name is not None and ALSO_CALLED.get(name, name) != REAL:
        raise BadInput(f"--real and --engine {name} are two engines", "Choose one of them.")
    asked = REAL if name is None else name
    engine(asked)
    return ALSO_CALLED.get(asked, asked)

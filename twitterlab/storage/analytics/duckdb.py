"""Analytics in DuckDB: columns, so that counting a month of hours reads two of them and not every row.

Source: Raasveldt and Mühleisen, "DuckDB: an Embeddable Analytical Database" (SIGMOD 2019).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from twitterlab.errors import BadInput
from twitterlab.storage.analytics.tables import TableAnalytics

FILE = "analytics.duckdb"
LABEL = f"duckdb {duckdb.__version__}"


def open_analytics(folder: Path | None) -> TableAnalytics:
    """The file in `folder` (None: in memory). A commit is on disk. BadInput for a file that cannot be used."""

    def connect() -> duckdb.DuckDBPyConnection:
        return duckdb.connect(":memory:" if folder is None else str(folder / FILE))

    try:
        return TableAnalytics(connect, (duckdb.Error,))
    except duckdb.Error as error:
        raise BadInput(f"no analytics at {folder}: {error}", "Choose a folder for new files.") from None

"""Day 1.2, schema: the tables of a social network, an index for every question, counts kept by triggers.

Source: "Use The Index, Luke" (Winand), chapter "Partial Results", for keyset pagination; the SQLite
documentation on foreign keys (section 3 wants an index on each child key) for the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from twitterlab.parts.schema import Queries


class SocialSchema:
    """Tables and questions of a social network on SQLite. Laws: `twitterlab.parts.schema.Schema`."""

    def tables(self) -> Sequence[str]:
        """Statements that make an empty database ready, in order; safe to run on a ready one."""
        # TODO(you): an index a question, a constraint a rule; foreign keys need a PRAGMA
        raise NotImplementedError("an index a question, a constraint a rule; foreign keys need a PRAGMA")

    def queries(self) -> Queries:
        """Every statement that the engine runs."""
        # TODO(you): start each page at its key; home merges the newest few of each followee
        raise NotImplementedError("start each page at its key; home merges the newest few of each followee")

"""Where `twitterlab up` keeps its servers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twitterlab.servers.registry import Registry


def registry() -> Registry:
    """That of the workbook around the current folder, else of the current folder."""
    from twitterlab.course.workbook import find
    from twitterlab.errors import BadInput
    from twitterlab.servers.registry import Registry

    try:
        root = find().root
    except BadInput:
        root = Path.cwd()
    return Registry(root / ".twitterlab" / "servers")

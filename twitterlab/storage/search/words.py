"""Words of a text, as every search engine of ours splits them."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[#@]?[^\W_][\w]*|[#@]?_\w*")


def words(text: str) -> frozenset[str]:
    """The words of a text, case folded; `#x` and `@x` count both as themselves and as `x`."""
    found = set(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
    return frozenset(found | {word[1:] for word in found if word[0] in "#@"})


def asked(query: tuple[str, ...]) -> tuple[str, ...] | None:
    """The words that a query asks for, or None when one of them is a lone symbol and matches nothing."""
    every: dict[str, None] = {}
    for text in query:
        found = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
        if not found:
            return None
        every.update(dict.fromkeys(found))
    return tuple(every)

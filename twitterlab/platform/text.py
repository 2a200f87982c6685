"""The text rules of a tweet: what it mentions, and how long it is.

The rules are those of Twitter's published `twitter-text` library, configuration version 3: at most 280 weighted
characters after Unicode normalization (NFC), 23 for a URL, 2 for an emoji sequence or a character outside four Latin
ranges, 1 for the rest. URLs and weights come from `twitter-text-parser`; mentions, hashtags and cashtags, which that
package leaves out, are read here. All offsets count code points of the text as given, end exclusive.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from twitterlab.errors import Refused

MAX_WEIGHTED_LENGTH: Final = 280

# A noncharacter, a byte order mark, or half a surrogate pair (which no UTF-8 can carry).
_FORBIDDEN: Final = re.compile("[\ufffe\uffff\ufeff\ud800-\udfff]")
_BREAK: Final = re.compile(r"\r\n|\r")

_LATIN_ACCENTS: Final = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f"
    "\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_SPACES: Final = "\t-\r \u0085\u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_DIRECTIONS: Final = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_PUNCTUATION: Final = re.escape("!'#%&()*+,\\-./:;<=>?@[]^_{|}~$")

_MENTION: Final = re.compile(
    r"(?:^|(?<=[^a-zA-Z0-9_!#$%&*@＠])|(?:^|(?<=[^a-zA-Z0-9_+~.\-]))[rR][tT]:?)"
    r"(?P<entity>[@＠](?P<name>[a-zA-Z0-9_]{1,20}+))(?P<list>/[a-zA-Z][a-zA-Z0-9_\-]{0,24}+)?+"
    rf"(?![@＠{_LATIN_ACCENTS}]|://)"
)
_CASHTAG: Final = re.compile(
    rf"(?:^|(?<=[{_SPACES}{_DIRECTIONS}]))(?P<entity>\$(?P<name>[a-zA-Z]{{1,6}}(?:[._][a-zA-Z]{{1,2}})?))"
    rf"(?=$|[{_SPACES}{_PUNCTUATION}])"
)
_HASHTAG_SIGN: Final = re.compile("[#＃](?![\ufe0f\u20e3])")
_HASHTAG_EXTRA: Final = frozenset(
    "_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\u00b7"
)


# The package's emoji table is of 2019. Later sequences follow the grammar of Unicode Technical Standard 51, section 1.4.9:
# a flag, or emoji joined by U+200D, each with its presentation or skin tone. At most four are joined, as in the longest
# recommended sequence, so that no chain of any length passes as one emoji.
_PICTURE: Final = "[\u203c-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
_PICTURE_STYLED: Final = f"{_PICTURE}(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?"
_EMOJI_SEQUENCE: Final = re.compile(
    f"[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE_STYLED}(?:\u200d{_PICTURE_STYLED}){{1,3}}|{_PICTURE}[\U0001f3fb-\U0001f3ff]"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A piece of a tweet's text: its value without the sign, and where it stands, sign included."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entities:
    """What a tweet's text points at. No two entities overlap; each tuple is in reading order."""

    mentions: tuple[Entity, ...] = ()
    hashtags: tuple[Entity, ...] = ()
    cashtags: tuple[Entity, ...] = ()
    urls: tuple[Entity, ...] = ()


def parse(text: str) -> Entities:
    """The entities of `text`. Where two overlap, the one that starts first stands."""
    mentions, hashtags, cashtags, urls = _mentions(text), _hashtags(text), _cashtags(text), _urls(text)
    kept: set[Entity] = set()
    end = 0
    # Python sorts stably: at one start a URL stands before a tag.
    for entity in sorted((*urls, *hashtags, *mentions, *cashtags), key=lambda entity: entity.start):
        if entity.start >= end:
            kept.add(entity)
            end = entity.end
    return Entities(*(tuple(e for e in found if e in kept) for found in (mentions, hashtags, cashtags, urls)))


def weighted_length(text: str) -> int:
    """How much of the 280 `text` takes."""
    if text.isascii() and "." not in text:  # no URL, no emoji, nothing to normalize: each weighs 1
        return len(_BREAK.sub("\n", text))
    return int(_package().parse_tweet(_EMOJI_SEQUENCE.sub("\U0001f600", text)).weightedLength)


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: white space, or characters that only format."""
    return not any(character.isprintable() and not character.isspace() for character in text)


def is_simple(text: str) -> bool:
    """Whether a glance shows that a text may be posted: printable ASCII of at most 280, not all spaces, no URL."""
    return (
        len(text) <= MAX_WEIGHTED_LENGTH
        and text.isascii()
        and text.isprintable()
        and "." not in text
        and text != ""
        and not text.isspace()
    )


def validate(text: str) -> None:
    """Raises Refused unless `text` may be posted: not blank, no forbidden character, at most 280 weighted."""
    if is_simple(text):
        return
    if is_blank(text):
        raise Refused("A tweet needs some text")
    if bad := _FORBIDDEN.search(text):
        raise Refused(f"A tweet cannot hold the character U+{ord(bad.group()):04X} (at {bad.start()})")
    length = weighted_length(text)
    if length > MAX_WEIGHTED_LENGTH:
        raise Refused(f"A tweet holds {MAX_WEIGHTED_LENGTH} weighted characters, this text has {length}")


def _mentions(text: str) -> list[Entity]:
    # `@name/slug` names a list, not a person.
    found = (match for match in _MENTION.finditer(text) if match["list"] is None)
    return [Entity(match["name"], match.start("entity"), match.end()) for match in found]


def _cashtags(text: str) -> list[Entity]:
    return [Entity(found["name"], found.start("entity"), found.end()) for found in _CASHTAG.finditer(text)]


def _hashtags(text: str) -> list[Entity]:
    tags = []
    for sign in _HASHTAG_SIGN.finditer(text):
        start = sign.start()
        before = text[start - 1] if start else ""
        if before and (before == "&" or (_in_hashtag(before) and before not in "\ufe0e\ufe0f")):
            continue
        end = start + 1
        while end < len(text) and _in_hashtag(text[end]):
            end += 1
        name = text[start + 1 : end]
        if any(_is_letter(c) for c in name) and not text.startswith(("#", "＃", "://"), end):
            tags.append(Entity(name, start, end))
    return tags


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def _in_hashtag(char: str) -> bool:
    return char in _HASHTAG_EXTRA or _is_letter(char) or unicodedata.category(char) == "Nd"


def _urls(text: str) -> list[Entity]:
    if "." not in text:
        return []
    return [Entity(found["url"], *found["indices"]) for found in _package().extract_urls_with_indices(text)]


@cache
def _package() -> Any:
    """`twitter_text`, loaded when a text needs it: it takes long, and warns of the `pkg_resources` it uses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import twitter_text
    return twitter_text

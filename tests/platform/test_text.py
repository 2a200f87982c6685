"""The text rules of a tweet.

Sources: Twitter's public `twitter-text` (Apache-2.0), its configuration version 3 and the rules its conformance suite
names; Unicode's emoji data. The rules are that suite's, the texts are ours.
"""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twitter_text import parse_tweet
from twitter_text.regexp.emoji import emoji_list

from twitterlab.errors import Refused
from twitterlab.platform import text as rules
from twitterlab.platform.text import MAX_WEIGHTED_LENGTH, Entities, Entity, parse, validate, weighted_length


def names(entities):
    return [entity.text for entity in entities]


# Mentions: rule, text, expected.
MENTIONS = [
    ("at the start", "@ada hello", ["ada"]),
    ("at the end", "hello @ada", ["ada"]),
    ("in the middle", "hello @ada there", ["ada"]),
    ("underscores", "@_ada_l_", ["_ada_l_"]),
    ("digits only", "@1815", ["1815"]),
    ("one character", "@a", ["a"]),
    ("several, in reading order", "@b @a @b", ["b", "a", "b"]),
    ("the case is kept", "@AdA", ["AdA"]),
    ("full-width sign", "＠ada", ["ada"]),
    ("between Japanese characters", "今日は@adaさん", ["ada"]),
    ("between Cyrillic characters", "привет@adaпока", ["ada"]),
    ("across lines", "@ada\n@bob", ["ada", "bob"]),
    ("after a tab", "\t@ada", ["ada"]),
    ("after an ideographic space", "\u3000@ada", ["ada"]),
    ("20 characters are a name", "@" + "a" * 20, ["a" * 20]),
    ("a name ends after 20", "@" + "a" * 21, ["a" * 20]),
    ("a list is no person", "@ada/friends are here", []),
    ("a list beside a person", "@ada/friends @bob", ["bob"]),
    ("a list's name starts with a letter", "@ada/7friends", ["ada"]),
    ("a slash alone is no list", "@ada/ and", ["ada"]),
    ("a dash ends the name", "@ada-lovelace", ["ada"]),
    ("a hashtag beside it", "@ada#tag", ["ada"]),
    ("two touching are too close to mail", "@ada@bob", []),
    ("a full-width second sign", "@ada＠bob", []),
    ("mail", "ada@example.com", []),
    ("a name followed by ://", "@http://example.com", []),
    ("a colon alone may follow", "@ada: yes", ["ada"]),
    ("the sign alone", "@", []),
    ("the sign and a space", "@ ada", []),
    ("a face", "@_@ says @ada", ["ada"]),
    ("no text at all", "", []),
    *((f"accent {c!r} after it", f"@ad{c}", []) for c in "éüçñøãşžƀəʻ"),
    ("a combining accent after it", "@ade\u0301", []),
    *((f"{c!r} before it", f"x{c}@ada", []) for c in "!#$%&*@＠_a9"),
    *((f"{c!r} before it is fine", f"x{c}@ada", ["ada"]) for c in " .,;:-+/()[]{}\"'?~|<>=…。！¡€"),
    *((f"after {rt}", f"{rt}@ada", ["ada"]) for rt in ("RT", "rt", "Rt", "rT", "RT:", "rt:", "RT ", "RT: ")),
    ("RT after a space", "so RT@ada", ["ada"]),
    ("RT as the end of a word", "art@ada", []),
    *((f"RT after {c!r}", f"{c}RT@ada", []) for c in "_+~.-"),
    *((f"{c!r} may follow", f"@ada{c}", ["ada"]) for c in " .,;:!?)]}'\"…。、»"),
    ("after a right-to-left override", "\u202e@ada", ["ada"]),
    ("a cashtag touches it", "@ada$ABC", ["ada"]),
    ("after a hashtag it touches", "#tag@bob", []),
    ("after a cashtag it touches", "$ABC@ada", []),
    ("a doubled full-width sign", "＠＠ada", []),
    ("a comma between two", "@ada,@bob", ["ada", "bob"]),
    ("a slash and a second one", "@ada/@bob", ["ada", "bob"]),
    ("an invisible space between two", "@ada\u200b@bob", ["ada", "bob"]),
    ("full-width brackets", "（@ada）", ["ada"]),
    ("in an address with a user", "http://example.com/@ada", []),
    ("a joiner ends it", "@ad\u200da", ["ad"]),
]

# Hashtags.
HASHTAGS = [
    ("letters", "a #tag here", ["tag"]),
    ("letters then digits", "#tag1", ["tag1"]),
    ("digits then letters", "#1tag", ["1tag"]),
    ("digits only", "bus #42", []),
    ("one digit", "#7", []),
    ("underscores only", "#__", []),
    ("digits and underscores", "#1_2", []),
    ("underscores within", "#a_b_c", ["a_b_c"]),
    ("the case is kept", "#TaG", ["TaG"]),
    ("full-width sign", "＃tag", ["tag"]),
    ("full-width characters", "＃ｔａｇ１", ["ｔａｇ１"]),
    ("a dash ends it", "#new-york", ["new"]),
    ("an apostrophe ends it", "#it's", ["it"]),
    ("several, in reading order", "#b #a #b", ["b", "a", "b"]),
    ("across lines", "#a\n#b\n", ["a", "b"]),
    ("two touching: the first is not followed by a sign, the second not preceded by a letter", "#a#b", []),
    ("a doubled sign", "##a", ["a"]),
    ("an HTML entity", "&#x27;", []),
    ("after &", "&#tag", []),
    ("a letter before it", "x#tag", []),
    ("a digit before it", "1#tag", []),
    ("an underscore before it", "_#tag", []),
    ("a Japanese letter before it", "日本#語", []),
    ("a full stop of Japanese before it", "です。#語", ["語"]),
    ("a keycap", "#\ufe0f\u20e3", []),
    ("an old keycap", "#\u20e3 #ok", ["ok"]),
    ("an emoji before it", "😀#tag", ["tag"]),
    ("an emoji with its presentation before it", "❤\ufe0f#tag", ["tag"]),
    ("an emoji after it", "#tag😀", ["tag"]),
    ("the sign alone", "#", []),
    ("the sign and a space", "# tag", []),
    ("followed by ://", "#http://example.com", []),
    ("a URL's fragment", "http://example.com/#tag", []),
    ("a fragment of a URL without a protocol", "example.com/#tag", []),
    ("before a URL", "#tag http://example.com", ["tag"]),
    ("no text at all", "", []),
    ("a middle dot", "#col·lecció", ["col·lecció"]),
    ("a combining accent", "#cafe\u0301", ["cafe\u0301"]),
    ("a zero-width joiner of Sinhala", "#ශ්\u200dරී", ["ශ්\u200dරී"]),
    ("a zero-width non-joiner of Persian", "#می\u200cخواهم", ["می\u200cخواهم"]),
    ("a wave dash", "#テ〜スト", ["テ〜スト"]),
    ("a katakana middle dot", "#ザ・テスト", ["ザ・テスト"]),
    ("a ditto mark alone", "#〃", []),
    ("an astral letter", "#\U00020021", ["\U00020021"]),
    ("an astral letter and mark", "#\U00016f04\U00016f51", ["\U00016f04\U00016f51"]),
    ("an astral digit", "#a\U000104a0", ["a\U000104a0"]),
    ("Roman numerals are numbers, not digits", "#aⅣ", ["a"]),
    ("superscripts are not digits", "#x²", ["x"]),
    *(
        (f"{tag}", f"see #{tag}!", [tag])
        for tag in (
            "mañana",
            "münchen",
            "čeština",
            "İn",
            "ın",
            "straße",
            "Ελλάδα",
            "русский",
            "українська",
            "Հայերեն",
            "ქართული",
            "עברית",
            "العربية",
            "فارسی",
            "हिन्दी",
            "বাংলা",
            "தமிழ்",
            "తెలుగు",
            "ಕನ್ನಡ",
            "മലയാളം",
            "ไทย",
            "ລາວ",
            "བོད་སྐད",
            "မြန်မာ",
            "ខ្មែរ",
            "አማርኛ",
            "한국어",
            "日本語",
            "ひらがな",
            "カタカナ",
            "ﾃｽﾄ",
            "中文",
            "tiếng_Việt",
            "サッカー",
            "云々",
        )
    ),
    *(
        (f"digits of {script}", f"#a{digits}", [f"a{digits}"])
        for script, digits in (
            ("Arabic", "٤٠٦"),
            ("Persian", "۳۴۵"),
            ("Devanagari", "१२३"),
            ("Thai", "๑๒๓"),
        )
    ),
    *((f"{digits} without a letter", f"#{digits}", []) for digits in ("٤٠٦", "۳۴۵", "१२३", "๑๒๓")),
    *((f"{c!r} before it", f"{c}#tag", ["tag"]) for c in " .,;:!?()[]{}'\"’…。！-+/*%$@~|"),
    *((f"{c!r} ends it", f"#tag{c}", ["tag"]) for c in " .,;:!?()[]{}'\"’…。！-+/*%$@&~|"),
    ("a joined emoji is no tag", "#👨\u200d👩\u200d👧", []),
    ("a flag is no tag", "#🇬🇧", []),
    ("a joined emoji ends it", "#tag👨\u200d👩\u200d👧x", ["tag"]),
    ("a keycap ends in a mark, and a mark before it joins", "1\ufe0f\u20e3#tag", []),
    ("a mark of direction ends it", "#ta\u200fg", ["ta"]),
    ("after a mark of direction", "\u200f#تست", ["تست"]),
    ("a doubled full-width sign", "＃＃tag", ["tag"]),
    ("a full-width sign after a plain one", "#＃tag", ["tag"]),
    ("a cashtag touches it", "#tag$ABC", ["tag"]),
    ("a mention touches it", "#tag@bob", ["tag"]),
    ("an invisible space between two", "#a\u200b#b", ["a", "b"]),
    ("Japanese quotation marks", "「#タグ」", ["タグ"]),
    ("Hebrew points and maqaf", "#עַל־יְדֵי", ["עַל־יְדֵי"]),
    ("Hebrew abbreviations", "#וכו׳ #מ״כ", ["וכו׳", "מ״כ"]),
    ("an Arabic stretch", "#ســـلام", ["ســـلام"]),
    ("half-width voiced marks", "#ﾊﾟﾋﾟ", ["ﾊﾟﾋﾟ"]),
    ("half-width Hangul", "#ﾣﾦﾰ", ["ﾣﾦﾰ"]),
    ("a closing quote between two", "’#a’#b", ["a", "b"]),
    ("a circled number ends it", "#a①", ["a"]),
    ("a language named by a sign", "#C++", ["C"]),
    ("a soft hyphen ends it", "#a\u00adb", ["a"]),
]

# Cashtags.
CASHTAGS = [
    ("upper case", "buy $TSLA now", ["TSLA"]),
    ("lower case is kept", "$tsla", ["tsla"]),
    ("one letter", "$F", ["F"]),
    ("six letters", "$ABCDEF", ["ABCDEF"]),
    ("seven letters", "$ABCDEFG", []),
    ("several", "$A $B  $C", ["A", "B", "C"]),
    ("a class after a dot", "$BRK.A", ["BRK.A"]),
    ("two letters after a dot", "$VOD.LN", ["VOD.LN"]),
    ("three letters after a dot are not part of it", "$VOD.LON", ["VOD"]),
    ("an underscore", "$ABC_DE", ["ABC_DE"]),
    ("a dot at the end", "$ABC.", ["ABC"]),
    ("an underscore at the end", "$ABC_", ["ABC"]),
    ("money", "$42", []),
    ("money with cents", "$42.50", []),
    ("letters then digits", "$ABC1", []),
    ("digits then letters", "$1ABC", []),
    ("a letter before it", "a$ABC", []),
    ("a full stop before it", ".$ABC", []),
    ("a bracket before it", "($ABC)", []),
    ("a doubled sign", "$$ABC", []),
    ("three touching", "$OK$NO$NO", ["OK"]),
    ("another script", "$株", []),
    ("an accent", "$ABÉ", []),
    ("across lines", "$A\n$B", ["A", "B"]),
    ("after a no-break space", "\u00a0$A", ["A"]),
    ("after an ideographic space", "\u3000$A", ["A"]),
    ("after a right-to-left mark", "\u200f$A", ["A"]),
    ("the sign alone", "$", []),
    ("the sign and a space", "$ ABC", []),
    ("no text at all", "", []),
    *((f"{c!r} may follow", f"$ABC{c}", ["ABC"]) for c in " .,;:!?)]}'-/&%+#@*=<>~|^"),
    ("a full-width sign", "＄ABC", []),
    ("a mention touches it", "$ABC@ada", ["ABC"]),
    ("a hashtag touches it", "$ABC#tag", ["ABC"]),
    ("after a comma", "$A,$B", ["A"]),
    ("a second dot", "$A.B.C", ["A.B"]),
]

# URLs; the package finds them, so these say which rules we rely on.
URLS = [
    ("with http", "see http://example.com", ["http://example.com"]),
    ("with https", "see https://example.com", ["https://example.com"]),
    ("the case of the protocol", "HTTP://EXAMPLE.COM", ["HTTP://EXAMPLE.COM"]),
    ("without a protocol", "see example.com now", ["example.com"]),
    ("a country's domain with a path", "bit.ly/abc", ["bit.ly/abc"]),
    ("a country's domain alone, since version 3", "it.so", ["it.so"]),
    ("a subdomain", "http://a.b.example.com", ["http://a.b.example.com"]),
    ("a port", "http://example.com:8080/x", ["http://example.com:8080/x"]),
    ("a query", "http://example.com/?q=a&b=c", ["http://example.com/?q=a&b=c"]),
    ("a fragment", "http://example.com/#top", ["http://example.com/#top"]),
    ("balanced brackets", "http://example.com/a_(b)", ["http://example.com/a_(b)"]),
    ("an unbalanced bracket", "(http://example.com/a)", ["http://example.com/a"]),
    ("a full stop at the end", "http://example.com/a.", ["http://example.com/a"]),
    ("many full stops at the end", "http://example.com/a" + "." * 50, ["http://example.com/a"]),
    ("a comma at the end", "http://example.com/a, b", ["http://example.com/a"]),
    ("an exclamation mark at the end", "http://example.com/a!", ["http://example.com/a"]),
    ("Cyrillic in the path", "http://example.com/слово", ["http://example.com/слово"]),
    ("Japanese ends it", "http://example.com/日本", ["http://example.com/"]),
    ("between Japanese characters", "見てexample.comです", ["example.com"]),
    ("a domain of another script", "http://例え.テスト.みんな/", ["http://例え.テスト.みんな/"]),
    ("punycode", "http://xn--r8jz45g.com/", ["http://xn--r8jz45g.com/"]),
    ("no top-level domain", "http://localhost", []),
    ("an unknown top-level domain", "http://example.nosuch", []),
    ("a file's name", "archive.tar.bz2", []),
    ("a domain with an underscore", "http://under_score.com", []),
    ("a subdomain with an underscore", "http://under_score.example.com", ["http://under_score.example.com"]),
    ("a leading dash", "http://-example.com", []),
    ("a trailing dash", "http://example-.com", []),
    ("mail", "ada@example.com", []),
    ("after a hash", "#example.com", []),
    ("after an at", "@example.com", []),
    ("after a dollar", "$example.com", []),
    ("after a letter", "xhttp://example.com", []),
    ("a short link ends with its slug", "http://t.co/abc's", ["http://t.co/abc"]),
    ("twice the same", "http://t.co/a http://t.co/a", ["http://t.co/a", "http://t.co/a"]),
    ("across lines", "example.com\nexample.org", ["example.com", "example.org"]),
    ("no text at all", "", []),
    ("a symbol as a domain", "http://✪df.ws/ejp", ["http://✪df.ws/ejp"]),
    ("a country's domain in its script", "http://пример.рф", ["http://пример.рф"]),
    ("an Arabic top-level domain", "http://foobar.پاکستان/", ["http://foobar.پاکستان/"]),
    ("two kinds of punycode", "http://xn--ls8h.XN--ls8h.la/", ["http://xn--ls8h.XN--ls8h.la/"]),
    ("an accent in a domain without a protocol", "ELPAÍS.com", ["ELPAÍS.com"]),
    ("an ideographic full stop is no dot", "example。com", []),
    ("a label of 64", "http://" + "a" * 64 + ".com", []),
    ("more than 4,096 characters", "http://example.com/" + "a" * 5_000, []),
    ("a short link's slug of 40", "https://t.co/" + "a" * 40, ["https://t.co/" + "a" * 40]),
    ("a short link's slug of 41", "https://t.co/" + "a" * 41, []),
    ("a short link before a semicolon", "http://t.co/2vYH;", ["http://t.co/2vYH"]),
    ("a short link before a dash", "http://t.co/FNkP-", ["http://t.co/FNkP"]),
    ("a dash at the end of a path", "http://example.com/a-", ["http://example.com/a-"]),
    ("a plus at the end of a path", "http://example.com/a+", ["http://example.com/a+"]),
    ("a slash after a full stop", "http://example.com/a./", ["http://example.com/a./"]),
    ("French quotation marks", "«http://example.com/a»", ["http://example.com/a"]),
    ("a curly apostrophe ends it", "http://example.com/a’s", ["http://example.com/a"]),
    ("an ellipsis ends it", "http://example.com/…", ["http://example.com/"]),
    ("an invisible space ends it", "http://example.com/a\u200b", ["http://example.com/a"]),
    ("marks of direction around it", "\u200ehttp://example.com/a\u200f", ["http://example.com/a"]),
    ("a question mark at the end of a sentence", "example.com?", ["example.com"]),
    ("bars in a query", "http://example.com/a?b=P1|0||P2|0", ["http://example.com/a?b=P1|0||P2|0"]),
    ("an en dash in the path", "http://example.com/Hatfield–McCoy", ["http://example.com/Hatfield–McCoy"]),
    ("a space after the protocol", "http:// example.com/path", ["example.com/path"]),
    ("mail whose name ends like a domain", "john.doe.gov@mail.com", []),
    ("an address of numbers", "http://192.168.0.1/x", []),
    ("a hashtag touches it", "example.com#tag", ["example.com"]),
    ("a cashtag touches it", "example.com$ABC", ["example.com"]),
]

# The weighted length.
WEIGHTS = [
    ("nothing", "", 0),
    ("ASCII", "This is a test.", 15),
    ("spaces count", "  a  ", 5),
    ("a line break", "a\nb", 3),
    ("a Windows line break counts once", "a\r\nb", 3),
    ("an old Mac line break", "a\rb", 3),
    ("a precomposed accent", "é", 1),
    ("a combining accent", "e\u0301", 1),
    ("a Vietnamese letter composes, to one outside the ranges", "e\u0302\u0301", 2),
    ("a combining accent that does not compose", "x\u0301", 2),
    ("Cyrillic", "Привет", 6),
    ("Greek", "Ελλάδα", 6),
    ("Hebrew", "שלום", 4),
    ("Arabic", "سلام", 4),
    ("Devanagari", "नम", 2),
    ("Thai", "ไทย", 3),
    ("Georgian", "ქარ", 3),
    ("Chinese", "中文", 4),
    ("Japanese", "ひらがなカタカナ", 16),
    ("Korean", "한국어", 6),
    ("Korean in pieces composes", "\u1112\u1161\u11ab", 2),
    ("half-width katakana", "ﾃｽﾄ", 6),
    ("full-width Latin", "ａ", 2),
    ("the last of the first range", "\u10ff", 1),
    ("the first after it", "\u1100", 2),
    ("before the second range", "\u1fff", 2),
    ("the second range starts (a space that composes to its twin)", "\u2000", 1),
    ("the second range ends", "\u200d", 1),
    ("a mark between the ranges", "\u200e", 2),
    ("the third range starts", "\u2010", 1),
    ("a dash", "—", 1),
    ("a curly quote", "’", 1),
    ("the third range ends", "\u201f", 1),
    ("a dagger", "†", 2),
    ("an ellipsis", "…", 2),
    ("the fourth range starts", "\u2032", 1),
    ("the fourth range ends", "\u2037", 1),
    ("the first after the fourth", "\u2038", 2),
    ("the euro", "€", 2),
    ("an astral letter", "\U00010000", 2),
    ("the last code point that may be used", "\U0010fffd", 2),
    ("an emoji", "😀", 2),
    ("an emoji of 2021, newer than the package's table", "🫠", 2),
    ("a skin tone", "👍🏽", 2),
    ("a presentation", "❤\ufe0f", 2),
    ("a keycap", "1\ufe0f\u20e3", 2),
    ("a flag", "🇬🇧", 2),
    ("a flag newer than the table", "🇨🇶", 2),
    ("two flags", "🇬🇧🇫🇷", 4),
    ("a flag of tags", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
    ("a family", "👨\u200d👩\u200d👧\u200d👦", 2),
    ("a couple with skin tones", "👩🏽\u200d🤝\u200d👨🏿", 2),
    ("a rainbow flag", "🏳\ufe0f\u200d🌈", 2),
    ("a joined emoji of 2022", "🐦\u200d🔥", 2),
    ("a joined emoji of 2023", "🙂\u200d↔\ufe0f", 2),
    ("a handshake with skin tones, of 2021", "🫱🏻\u200d🫲🏿", 2),
    ("emoji and letters", "H😀i", 4),
    ("a URL", "http://example.com", 23),
    ("a long URL", "http://example.com/" + "a" * 300, 23),
    ("a URL without a protocol", "a.com", 23),
    ("three URLs", "http://a.com http://b.com c.com", 71),
    ("a URL and its full stop", "http://a.com/x.", 24),
    ("a URL between Japanese", "見http://a.com/て", 27),
    ("a mention counts in full", "@ada hi", 7),
    ("a hashtag counts in full", "#日本", 5),
    ("a keycap of the number sign", "#\ufe0f\u20e3", 2),
    ("a keycap of the asterisk", "*\ufe0f\u20e3", 2),
    ("half a flag", "🇦", 2),
    ("a flag and half of one", "🇦🇧🇨", 4),
    ("a skin tone alone", "🏽", 2),
    ("a heart on fire", "❤\ufe0f\u200d🔥", 2),
    ("a kiss with skin tones", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏿", 2),
    ("a pirate flag", "🏴\u200d☠\ufe0f", 2),
    ("a transgender flag", "🏳\ufe0f\u200d⚧\ufe0f", 2),
    ("who faces right, of 2023", "🧑🏿\u200d🦯\u200d➡\ufe0f", 2),
    ("a broken chain, of 2023", "⛓\ufe0f\u200d💥", 2),
    ("an emoji of 2024", "🫩", 2),
    ("three families", "👨\u200d👩\u200d👧\u200d👦" * 3, 6),
    ("an emoji and a joiner that joins nothing", "😀\u200d", 3),
    ("letters joined", "a\u200db", 3),
    ("Devanagari with signs", "क्षि", 4),
    ("a Zalgo letter counts its marks", "Z\u0351\u036b\u0313", 4),
    ("an override of direction", "\u202eabc", 5),
    ("isolates of direction", "\u2066a\u2069", 5),
    ("a soft hyphen", "\u00ad", 1),
    ("Bismillah, one character", "﷽", 2),
    ("half-width kana with its mark", "ｶﾞ", 4),
    ("a URL of another script", "http://例え.com", 23),
    ("what looks like a URL and has too long a slug", "https://t.co/" + "a" * 41, 54),
]


def _cases(table):
    return [pytest.param(text, expected, id=rule.encode("unicode_escape").decode()) for rule, text, expected in table]


@pytest.mark.parametrize(("text", "expected"), _cases(MENTIONS))
def test_mentions(text, expected):
    assert names(parse(text).mentions) == expected


@pytest.mark.parametrize(("text", "expected"), _cases(HASHTAGS))
def test_hashtags(text, expected):
    assert names(parse(text).hashtags) == expected


@pytest.mark.parametrize(("text", "expected"), _cases(CASHTAGS))
def test_cashtags(text, expected):
    assert names(parse(text).cashtags) == expected


@pytest.mark.parametrize(("text", "expected"), _cases(URLS))
def test_urls(text, expected):
    assert names(parse(text).urls) == expected


@pytest.mark.parametrize(("text", "expected"), _cases(WEIGHTS))
def test_weights(text, expected):
    assert weighted_length(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@ada #tag $A a.com", Entities((Entity("ada", 0, 4),), (Entity("tag", 5, 9),), (Entity("A", 10, 12),), (Entity("a.com", 13, 18),))),
        ("😀 @ada", Entities(mentions=(Entity("ada", 2, 6),))),
        ("e\u0301 @ada", Entities(mentions=(Entity("ada", 3, 7),))),
        ("RT: @ada", Entities(mentions=(Entity("ada", 4, 8),))),
        ("日本 #語", Entities(hashtags=(Entity("語", 3, 5),))),
        ("x\r\n#tag", Entities(hashtags=(Entity("tag", 3, 7),))),
        ("http://a.com/@ada", Entities(urls=(Entity("http://a.com/@ada", 0, 17),))),
    ],
)  # fmt: skip
def test_offsets_are_code_points_of_the_text_as_given(text, expected):
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["a", "語" * 140, "a" * 280, "😀" * 140, "http://a.com/" + "x" * 400, "e\u0301" * 280, "👨\u200d👩\u200d👧" * 140, ".", "\u202e right to left"],
)  # fmt: skip
def test_what_may_be_posted(text):
    validate(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t", "\u3000", "a" * 281, "語" * 141, "😀" * 141, "a" * 257 + " http://a.com", "x\ufffe", "x\uffff", "\ufeffx", "\ud800", "x\udfff"],
)  # fmt: skip
def test_what_may_not_be_posted(text):
    with pytest.raises(Refused) as refused:
        validate(text)
    assert refused.value.kind == "invalid"


def test_a_refusal_says_how_long_the_text_is():
    with pytest.raises(Refused, match="280 weighted characters, this text has 282"):
        validate("語" * 141)


def test_every_emoji_of_the_unicode_table_weighs_two():
    assert [emoji.emoji for emoji in emoji_list if weighted_length(emoji.emoji) != 2] == []


def test_a_chain_of_joined_emoji_does_not_pass_as_one():
    assert weighted_length("\u200d".join(["🐦"] * 400)) > MAX_WEIGHTED_LENGTH


PIECES = st.sampled_from(
    ["@", "#", "$", "＠", "＃", "a", "Z", "_", "9", "é", "語", ".", ":", "/", " ", "\n", "\r", "&", "RT", "😀", "❤\ufe0f",
     "\u200d", "\u0301", "http://", "example.com", "t.co/x", "@ada", "#tag", "$ABC", "-"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=20).map("".join), st.text(max_size=40))


@given(TEXTS)
def test_entities_stand_where_they_say_and_never_overlap(text):
    found = parse(text)
    signed = [*found.mentions, *found.hashtags, *found.cashtags]
    assert all(text[entity.start + 1 : entity.end] == entity.text for entity in signed)
    assert all(text[url.start : url.end] == url.text for url in found.urls)
    everything = sorted([*signed, *found.urls], key=lambda entity: entity.start)
    assert all(one.end <= other.start for one, other in pairwise(everything))


@given(TEXTS)
def test_each_kind_comes_in_reading_order(text):
    found = parse(text)
    for entities in (found.mentions, found.hashtags, found.cashtags, found.urls):
        assert list(entities) == sorted(entities, key=lambda entity: entity.start)


@given(TEXTS, TEXTS)
def test_lines_do_not_see_each_other_s_mentions(one, other):
    found = names(parse(f"{one}\n{other}").mentions)
    assert found == names(parse(one).mentions) + names(parse(other).mentions)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
def test_plain_text_weighs_what_the_package_says(text):
    assert weighted_length(text) == parse_tweet(text).weightedLength


@settings(max_examples=200)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "So", "Sk", "Cf", "Cn"]), max_size=60))
def test_text_without_emoji_weighs_what_the_package_says(text):
    assert weighted_length(text) == parse_tweet(text).weightedLength


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=200))
def test_a_chinese_character_weighs_two(text):
    assert weighted_length(text) == 2 * len(text)


@given(TEXTS)
def test_validation_agrees_with_the_length(text):
    try:
        validate(text * 8)
    except Refused:
        return
    assert 0 < weighted_length(text * 8) <= MAX_WEIGHTED_LENGTH


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=300) | TEXTS | st.sampled_from(("", " ", "a" * 280)))
@settings(deadline=None)
def test_what_passes_at_a_glance_passes_the_whole_examination(text):
    if rules.is_simple(text):
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(rules, "is_simple", lambda text: False)
            validate(text)


def test_a_usual_tweet_passes_at_a_glance():
    assert rules.is_simple("coffee in the morning, why not?")
    assert not any(map(rules.is_simple, ("", "  ", "a" * 281, "a\nb", "see x.com", "é")))

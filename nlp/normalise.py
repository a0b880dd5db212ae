"""Clean post text before words are cut: widths, script, markup, what others wrote.

Posts arrive redacted and plain (the gate's work): mentions stand as ``@u<32 hex>`` and removed personal data as
``[手机]`` and the like. What is left after normalising is what the author said, in simplified script and half width.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from opencc import OpenCC

_URL = re.compile(r"(?:https?://|www\.)[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+", re.IGNORECASE)
_REPOST = re.compile(r"//\s*@.*", re.DOTALL)
_MENTION = re.compile(r"(?:回[复覆復]\s*)?@u[0-9a-f]{32}(?:\s*[:：](?!//))?")
# What Weibo's pages put into the text: links as words (with the letters of its icon font), "more" and "less".
_BOILERPLATE = re.compile(
    r"[OL]?(?:网页链接|網頁鏈接)|L\S{1,30}?的(?:微博|秒拍|快手|抖音)视频|(?:展开|收起)全文[cd]?\s*$|"
    r"^\s*(?:转发微博|轉發微博|Repost)[.。!！]?\s*(?=$|//)"
)
_BOILERPLATE_SIGNS = ("链接", "鏈接", "视频", "全文", "转发微博", "轉發微博", "Repost")
_MARKUP = re.compile(r"\[[\w\u4e00-\u9fff]{1,8}\]")
# "#…#", with spaces inside only where nothing is stuck to its end ("#露营 今天去#citywalk" holds two open ones), or "#…".
_HASHTAG = re.compile(
    r"[#＃]([^#＃\s]{1,40}|[^#＃\s][^#＃\n]{0,38}[^#＃\s](?=[#＃](?!\w)))[#＃]|[#＃]([^\s#＃,，.。!！?？;；:：、()（）\[\]【】…\"“”'‘’]{1,40})"
)
_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile(
    r"[\u00ad\u200b-\u200c\u200e-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]+"
)
# Half- and full-width forms, circled and enclosed letters, ligatures: worth the slow NFKC. Emoji are outside.
_COMPATIBLE = re.compile(
    r"[\u00a0\u00aa\u00b2-\u00b3\u00b9-\u00ba\u2000-\u200a\u2070-\u209f\u2100-\u2121\u2123-\u2138\u2150-\u218b"
    r"\u2460-\u24c1\u24c3-\u24ff\u2f00-\u2fd5\u3000\u3200-\u3296\u3298\u329a-\u33ff\uf900-\ufaff\ufb00-\ufb06\uff01-\uffee"
    r"\U0001d400-\U0001d7ff]+"
)
_SEPARATOR = "\n\x1e\n"
_BATCH = 2_000


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def normalise(text: str) -> str:
    """One post's text as its author's words: simplified, half width, without links, mentions, markup and chains.

    Hashtags keep their words and lose their ``#``. Emoji stay. The case of Latin letters stays.
    """
    return normalise_all((text,))[0]


def normalise_all(texts: Sequence[str]) -> list[str]:
    """:func:`normalise` over many posts, in their order; many times as fast as one by one."""
    clean = [_clean(text) for text in texts]
    convert = _to_simplified().convert
    result: list[str] = []
    for start in range(0, len(clean), _BATCH):
        part = clean[start : start + _BATCH]
        result.extend(convert(_SEPARATOR.join(part)).split(_SEPARATOR))
    return result


class _Alike(dict[int, str]):
    """Characters to their simplified, half-width forms, worked out as they come; those of another length stay."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        form = _to_simplified().convert(unicodedata.normalize("NFKC", char))
        self[code] = form if len(form) == 1 else char
        return self[code]


_ALIKE = _Alike()


def in_place(text: str) -> str:
    """A text with each character in simplified script and half width, as long as before: what is found in it stands there."""
    return text.translate(_ALIKE)


def hashtags_of(text: str) -> list[str]:
    """The author's hashtags (``#…#`` and ``#…``), normalised, lower case, without repeats, in their order."""
    if "#" not in text and "＃" not in text:
        return []
    own = _REPOST.sub("", text)
    return clean_hashtags(closed or open_ for closed, open_ in _HASHTAG.findall(_URL.sub(" ", own)))


def without_hashtags(text: str) -> str:
    """The text with its hashtags cut out, words and all: what a suggestion has to go by."""
    return _HASHTAG.sub(" ", text) if "#" in text or "＃" in text else text


def clean_hashtags(hashtags: Iterable[str]) -> list[str]:
    """Hashtags as a source gives them, in the form that :func:`hashtags_of` has."""
    found = (normalise(tag).strip("# ").replace(" ", "").lower() for tag in hashtags)
    return list(dict.fromkeys(tag for tag in found if tag))


def _clean(text: str) -> str:
    # Each pattern runs only where one of its characters stands: most posts need none of them.
    if text.isascii() and text.isalnum():
        return text
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if any(sign in text for sign in _BOILERPLATE_SIGNS):
        text = _BOILERPLATE.sub(" ", text)
    if "//" in text or "www." in text or "WWW." in text:
        text = _REPOST.sub("", _URL.sub(" ", text))
    if "@u" in text:
        text = _MENTION.sub(" ", text)
    if "[" in text:
        text = _MARKUP.sub(" ", text)
    if "#" in text or "＃" in text:
        text = _HASHTAG.sub(lambda match: f" {match[1] or match[2]} ", text)
    text = _INVISIBLE.sub("", text)
    text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return _SPACE.sub(" ", text).strip()

"""Bytes to text where the declared charset may be wrong: old Chinese pages say one thing and are another."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_HEAD = 2048  # bytes in which a page declares its charset
_ALMOST = 0.05  # share of the characters beyond ASCII that may be broken in what still counts as UTF-8
_CHINESE = "gb18030"  # holds GBK, which holds GB 2312


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page; what cannot be decoded becomes U+FFFD, and nothing raises.

    A byte order mark decides. Bytes that are valid UTF-8 are UTF-8, whatever is declared; then come the charset that the
    page declares, that of ``content_type`` (the HTTP header), and GB 18030.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    declared = _known(_DECLARED.search(body[:_HEAD]))
    header = _known(_DECLARED.search(content_type.encode("ascii", "replace")))
    for charset in filter(None, ("utf-8", declared, header)):
        try:
            return body.decode(charset)
        except UnicodeDecodeError:
            continue
    text = body.decode("utf-8", "replace")
    if text.count("\ufffd") <= _ALMOST * sum(1 for letter in text if letter > "\x7f"):
        return text
    return body.decode(_CHINESE if declared in (None, "utf-8") else declared, "replace")


def _known(match: re.Match[bytes] | None) -> str | None:
    """The charset as Python names it; GB 2312 and GBK are read as the larger GB 18030."""
    if match is None:
        return None
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except LookupError:
        return None
    if name in ("gb2312", "gbk", "hz"):
        return _CHINESE
    return name if codecs.lookup(name)._is_text_encoding else None

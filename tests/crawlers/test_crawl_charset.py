"""Charsets: what is declared, what is true, and what is broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.protocols.charset import decode

TEXT = "周末去露营,带哪顶帐篷好?求推荐轻一点的"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (TEXT.encode(), ""),
        (TEXT.encode(), "text/xml; charset=gb2312"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=iso-8859-1"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), ""),
        (TEXT.encode("gbk"), ""),
        (TEXT.encode("gbk"), "text/html; charset=UTF-8"),
        (TEXT.encode("gbk"), "text/html; charset=GB2312"),
        (TEXT.encode("gbk"), "text/html; charset=nonsense"),
        (TEXT.encode("gbk"), "text/html; charset=base64"),
    ],
)
def test_a_wrong_charset_is_seen_through(body: bytes, header: str) -> None:
    assert decode(body, header) == TEXT


def test_what_the_page_declares_comes_before_the_header() -> None:
    page = '<?xml version="1.0" encoding="big5"?><a>露營帳篷</a>'
    assert decode(page.encode("big5"), "text/xml; charset=gbk") == page


def test_one_broken_character_costs_only_itself() -> None:
    assert decode(TEXT.encode() * 9 + b"\xe9\x9c") == TEXT * 9 + "\ufffd"


@given(st.binary(max_size=300), st.text(max_size=40))
def test_nothing_raises(body: bytes, header: str) -> None:
    assert isinstance(decode(body, header), str)

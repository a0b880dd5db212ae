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
        (
            "<table><tr><th>长</th><td>3 米</td></tr><tr><th>宽</th><td>2 米</td></tr></table>",
            "长 3 米\n宽 2 米",
        ),
        (
            '看<aside class="onebox allowlistedgeneric" data-onebox-src="https://x.cn/a"><header class="source">x.cn</header>'
            '<article class="onebox-body"><h3><a href="https://x.cn/a">别人的标题</a></h3></article></aside>好',
            "看\nhttps://x.cn/a\n好",
        ),
        (
            '前<div class="lightbox-wrapper"><a class="lightbox" href="/o.jpg"><img alt="IMG_1"><div class="meta">'
            '<span class="filename">IMG_1</span><span class="informations">1920×1080 201 KB</span></div></a></div>后',
            "前后",
        ),
        (
            '看<div class="card link-preview p-0"><a href="https://x.cn/a" title="x"><img></a><div class="card-body">'
            '<p class="card-text">别人的摘要</p></div></div>好',
            "看\nhttps://x.cn/a\n好",
        ),
        (
            '看<div class="bbCodeBlock bbCodeBlock--unfurl" data-url="https://x.cn/a"><h3>别人的标题</h3></div>',
            "看\nhttps://x.cn/a",
        ),
        ('<a class="onebox" href="https://x.cn/a">别人的标题</a>', "https://x.cn/a"),
        ('<div class="link-preview">x</div>好', "好"),
        ('<div class="poll"><ul><li>甲</li></ul><div class="poll-info">0 voters</div></div>', "甲"),
        ('看<video><source src="a.mp4"><a href="a.mp4">a.mp4</a></video>', "看"),
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

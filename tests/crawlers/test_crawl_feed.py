"""The feed parser on RSS 2.0, RSS 1.0 and Atom, and on what is none of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.protocols.feed import moment, parse_feed
from crawlers.protocols.page import BadPage, NoIndex, RawPage
from tests.crawlers.feeds import ATOM, RDF, RSS

URL = "http://127.0.0.1:9/feed"


def read(body: str | bytes, **more: Any) -> RawPage:
    raw = body.encode() if isinstance(body, str) else body
    return parse_feed(raw, URL, feed_url=URL, **more)


def test_rss() -> None:
    page = read(RSS)
    medium, amy = page.rows.accounts
    assert medium == {
        "native_id": URL,
        "name": "山野周刊",
        "bio": "户外 & 露营",
        "url": "http://127.0.0.1:9/",
        "kind": "media",
    }
    assert amy == {"native_id": f"{URL}#amy", "handle": "Amy"}
    first, second = page.rows.posts
    assert first == {
        "native_id": f"{URL}#post-1",
        "author_native_id": f"{URL}#amy",
        "author_handle": "Amy",
        "created_at": datetime(2011, 5, 31, 9, 46, 55, tzinfo=UTC),
        "text": "先看重量\n再看防水",
        "title": "第一顶帐篷怎么选",
        "lang": "zh-CN",
        "hashtags": ["露营", "装备"],
        "url": "http://127.0.0.1:9/1",
        "replies": 7,
    }
    assert second["author_native_id"] == URL, "a mail address alone names nobody"
    assert second["text"] == "只有摘要 & 一个没转义的符号"
    assert second["created_at"] == datetime(2011, 6, 1, tzinfo=UTC)
    reasons = [reject["reason"] for reject in page.rows.rejects]
    assert reasons == ["the entry has no usable date", "the entry has neither guid nor link"]
    assert page.counts == {"items": 4, "empty": 0, "old": 0}
    assert "example.org" not in str(page.rows.posts) + str(page.rows.accounts)


@pytest.mark.parametrize(
    "tag", ['a href="http://127.0.0.1:9/memberlist.php?u=5" class="username-coloured"', "span"]
)
def test_the_line_that_says_who_wrote_a_post_is_no_part_of_it(tag: str) -> None:
    """phpBB ends each entry so; and what an entry quotes is marked."""
    note = f"<p>Statistics: Posted by <{tag}>老王 &amp; 小李</{tag.split()[0]}> — Sun Nov 29, 2026 7:29 am</p><hr />"
    body = f"<blockquote><div>轻一点好</div></blockquote>我觉得老王 &amp; 小李说得对<hr/>{note}\n"
    item = (
        f"<entry><id>t:1</id><published>2026-01-02T00:00:00Z</published><author><name>老王 &amp; 小李</name></author>"
        f"<content type='html'><![CDATA[{body}]]></content></entry>"
    )
    (post,) = read(f'<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id>{item}</feed>').rows.posts
    assert post["text"] == "> 轻一点好\n我觉得老王 & 小李说得对"


@pytest.mark.parametrize(
    "note", ["本帖最后由 老王 于 2026-1-1 10:20 编辑", "本帖最後由 Cat O 於 2026-01-01 10:20:30 編輯"]
)
def test_the_line_that_says_who_edited_a_post_is_no_part_of_it(note: str) -> None:
    """Discuz! writes it into the text of its feeds."""
    item = f"<item><guid>t:1</guid><pubDate>Sun, 29 Nov 2026 06:36:35 +0000</pubDate><description>{note} \n\n帐篷很好</description></item>"
    (post,) = read(f"<rss><channel><title>t</title>{item}</channel></rss>").rows.posts
    assert post["text"] == "帐篷很好"


def test_rss_of_rdf() -> None:
    page = read(RDF, zone=timezone(timedelta(hours=8)))
    (post,) = page.rows.posts
    assert (post["native_id"], post["url"]) == ("http://127.0.0.1:9/t/5",) * 2
    assert (post["author_handle"], post["hashtags"]) == ("小林", ["咖啡"])
    assert post["created_at"] == datetime(2012, 2, 2, 16, tzinfo=UTC), "a date without a zone is the source's"


def test_atom() -> None:
    page = read(ATOM)
    assert page.rows.accounts[0]["name"] == "慢跑日记"
    first, second = page.rows.posts
    assert first["author_native_id"] == "http://127.0.0.1:9/@amy"
    assert first["created_at"] == datetime(2020, 2, 29, 23, 30, tzinfo=UTC), "published, not updated"
    assert (first["text"], first["hashtags"]) == ("跑了三公里", ["跑步", "新手"])
    assert first["url"] == "http://127.0.0.1:9/blog/1.html"
    assert first["reply_to_native_id"] == "tag:127.0.0.1,2020:0"
    assert (second["author_handle"], second["text"]) == ("默认作者", "a < b")
    (ask,) = page.next
    assert ask.url == "http://127.0.0.1:9/blog/feed.atom?page=2"


def test_since_leaves_out_and_stops() -> None:
    page = read(ATOM, since=datetime(2020, 3, 1, tzinfo=UTC))
    assert ([post["title"] for post in page.rows.posts], page.counts["old"]) == (["第二天"], 1)
    assert not read(ATOM, since=datetime(2021, 1, 1, tzinfo=UTC)).next


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 1970),
        ("Tue, 1 Dec 2099 10:00:00 EST", 2099),
        ("31 May 11 17:46:55 +0800", 2011),
        ("2011-05-31 17:46:55", 2011),
        ("2011-05-31T17:46:55Z", 2011),
        ("Tue, 31 May 2011 17:46:55 +9999", None),
        ("Tue, 41 May 2011 17:46:55 GMT", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("gestern", None),
        ("", None),
        (None, None),
    ],
)
def test_dates(text: str | None, year: int | None) -> None:
    found = moment(text)
    assert (None if found is None else found.year) == year


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 05 Mar 2024 10:20:30",  # no zone: the source's
        "Tue, 05 Mar 2024 10:20:30 CST",
        "Tue, 05 Mar 2024 10:20:30 +08:00",
        "Tue, 05 Mar 2024 10:20:30 GMT+8",
        "Tue, 05 Mar 2024 10:20:30 UTC+0800",
        "Tue Mar 5 10:20:30 UTC+0800 2024",
        "Tue, 05 Mar 2024 10:20:30 AM",
        "Tue, 05 Mar 2024 02:20:30 GMT",
        "Tue, 05 Mar 2024 02:20:30 Z",
        "Mon, 04 Mar 2024 21:20:30 EST",
        "2024-03-05 10:20:30 +0800",
        "2024-3-5 10:20:30",
        "2024/03/05 10:20:30",
        "2024年3月5日 10:20:30",
        "1709605230",
    ],
)
def test_zones_of_dates(text: str) -> None:
    assert moment(text, ZoneInfo("Asia/Shanghai")) == datetime(2024, 3, 5, 2, 20, 30, tzinfo=UTC)


def test_dates_of_the_afternoon_and_of_names_with_a_dot() -> None:
    assert moment("Thu, 05 Sept 2024 02:20:30 PM GMT") == datetime(2024, 9, 5, 14, 20, 30, tzinfo=UTC)


def test_rss_of_1999() -> None:
    """RSS 0.91 names a DTD, which is not fetched; entries have no guid."""
    item = "<item><title>Caf&eacute; &amp; Zelt</title><link>/42</link><pubDate>1 Jun 1999</pubDate></item>"
    body = f"""<?xml version="1.0"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
  "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>a</title>{item}</channel></rss>"""
    (post,) = read(body).rows.posts
    assert (post["title"], post["native_id"]) == ("Café & Zelt", post["url"])
    assert str(post["url"]).endswith("/42")


@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("<guid>https://blog.example/7</guid>", "https://blog.example/7"),
        ('<guid isPermaLink="false">https://blog.example/7</guid>', None),
        ("<guid>7</guid>", None),
    ],
)
def test_a_guid_may_be_the_address(guid: str, url: str | None) -> None:
    item = f"<item>{guid}<title>a</title><pubDate>Tue, 05 Mar 2024 10:20:30 GMT</pubDate></item>"
    (post,) = read(f"<rss><channel><title>a</title>{item}</channel></rss>").rows.posts
    assert post.get("url") == url


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "the body is empty"),
        ("<!DOCTYPE html><p>hi</p>", "HTML where XML was expected"),
        ("<html><body>hi</body></html>", "HTML where XML was expected"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "not XML"),
        ("<opml><body/></opml>", "a feed was expected, this is <opml>"),
        ("<rss/>", "the feed has no channel"),
        (RSS[:900], "the XML is cut off"),
        (RSS[: RSS.index("再看")], "the XML is cut off"),
        ("<rss><a></b></rss>", "not well-formed XML"),
        (f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]><rss><channel>&l9;</channel></rss>', "brings a DTD"),
        ('<!-- x --><!DOCTYPE r SYSTEM "file:///etc/passwd"><rss/>', "brings a DTD"),
        ("<rss>" * 5000, "nested too deep"),
        (f"<rss><channel><title>{'长' * 4_000_000}</title></channel></rss>", "too long"),
    ],
)
def test_what_is_no_feed_is_refused_with_a_reason(body: str, says: str) -> None:
    with pytest.raises(BadPage, match=re.escape(says)):
        read(body)


def test_entities_are_characters_or_text_never_files() -> None:
    body = RSS.replace("户外 &amp; 露营", "&xxe; &mdash; &#0; &#55296; \x01营")
    assert read(body).rows.accounts[0]["bio"] == "&xxe; — 营"


@pytest.mark.parametrize(
    "mark",
    [
        '<meta xmlns="http://www.w3.org/1999/xhtml" name="robots" content="NoIndex, follow"/>',
        '<access:restriction xmlns:access="http://www.bloglines.com/about/specs/fac-1.0" relationship="deny"/>',
        '<itunes:block xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">yes</itunes:block>',
    ],
)
def test_a_feed_that_asks_not_to_be_indexed(mark: str) -> None:
    with pytest.raises(NoIndex):
        read(RSS.replace("<channel>", f"<channel>{mark}"))


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "iso-8859-1", "nonsense"])
@pytest.mark.parametrize("true", ["utf-8", "gbk", "utf-16"])
def test_charsets(true: str, declared: str) -> None:
    if (true, declared) == ("gbk", "iso-8859-1"):
        pytest.skip("Latin 1 reads any bytes: nothing tells that it is wrong")
    body = RSS.replace('encoding="utf-8"', f'encoding="{declared}"').encode(true)
    assert read(body).rows.posts[0]["title"] == "第一顶帐篷怎么选"


@given(st.data())
def test_only_bad_page_and_noindex_escape(data: st.DataObject) -> None:
    """Feeds with pieces cut out, doubled, or put in."""
    text = data.draw(st.sampled_from([RSS, RDF, ATOM]))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 40)))
        odd = data.draw(
            st.one_of(
                st.text(max_size=12),
                st.sampled_from(
                    ["<", "</", "]]>", "<![CDATA[", "&#xFFFF;", "&", "0000", "http://[", "\x00", "<item>"]
                ),
            )
        )
        text = text[:start] + data.draw(st.sampled_from(["", text[start:end] * 2, odd])) + text[end:]
    body = (
        text.encode("utf-8", "surrogatepass") if data.draw(st.booleans()) else text.encode("gbk", "replace")
    )
    try:
        page = read(body)
    except (BadPage, NoIndex):
        return
    for post in page.rows.posts:
        assert post["native_id"]
        assert post["author_native_id"]
        assert post["created_at"].tzinfo is not None
    for ask in page.next:
        orjson.dumps(ask.meta)

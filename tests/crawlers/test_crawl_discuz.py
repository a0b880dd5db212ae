"""Discuz! pages to rows: both link styles, two charsets, quotes, hidden and anonymous posts, times, messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.protocols.discuz import parse_board, parse_index, parse_profile, parse_topic
from crawlers.protocols.discuz.links import (
    board_of,
    board_url,
    person_of,
    person_url,
    post_of,
    topic_of,
    topic_url,
)
from crawlers.protocols.document import Document, load_document
from crawlers.protocols.page import BadPage, NoIndex, NotShown, RawPage
from crawlers.protocols.paging import LONGEST, shown_on
from tests.crawlers.forum_lab import START, Post, Topic, discuz, small_forum
from tests.crawlers.spoilt import spoilt_html

BASE = "http://127.0.0.1:9/bbs/"
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def page(path: str, **forum: Any) -> Document:
    """A page of the small forum as it would be loaded."""
    site = small_forum(**forum)
    body = discuz(site, BASE, "/" + path)
    assert body is not None
    return load_document(body.encode(site.charset), BASE + path, f"text/html; charset={site.charset}")


def topic(html: str, **post: Any) -> RawPage:
    """A topic of one plain post and one with this text."""
    first = Post(41, "3", START, "开头")
    site = small_forum()
    site.topics = [Topic(7, 2, "试", [first, Post(42, "5", START, html, **post)])]
    body = discuz(site, BASE, "/thread-7-1-1.html")
    assert body is not None
    return parse_topic(load_document(body.encode(), BASE + "thread-7-1-1.html"), {}, UTC, NOW, None)


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
@pytest.mark.parametrize("rewritten", [True, False])
def test_both_link_styles_and_charsets_give_the_same(rewritten: bool, charset: str) -> None:
    style: dict[str, Any] = {"rewritten": rewritten, "charset": charset}
    index = parse_index(page("forum.php", **style))
    assert [ask.meta["board"] for ask in index.next] == ["露营", "徒步"]
    assert [board_of(ask.url) for ask in index.next] == [("2", 1), ("3", 1)]
    path = index.next[1].url.removeprefix(BASE)
    board = parse_board(page(path, **style), {}, UTC, NOW, None)
    asks = [ask for ask in board.next if ask.kind == "topic"]
    assert [topic_of(ask.url) for ask in asks] == [(str(tid), 1) for tid in (1, 11, 9, 7, 5)]
    assert asks[0].remember == ("topic:1", "2026-03-06T08:20:00+00:00/6"), "the foot says GMT+8"
    (onward,) = [ask for ask in board.next if ask.kind == "board"]
    assert board_of(onward.url) == ("3", 2)
    first = parse_topic(page(asks[0].url.removeprefix(BASE), **style), {}, UTC, NOW, None)
    assert [post["native_id"] for post in first.rows.posts] == ["1", "2", "3"]
    opening, reply, _ = first.rows.posts
    assert opening["text"] == "第1帖的第0层，帐篷很好"
    assert (opening["title"], opening["board"], opening["replies"]) == ("帖子1", "徒步", 6)
    assert (opening["author_native_id"], opening["author_handle"]) == ("5", "老周")
    assert opening["created_at"] == datetime(2026, 3, 6, 2, 20, 7, tzinfo=UTC)
    assert (reply["reply_to_native_id"], reply["reply_to_author_native_id"]) == ("1", "5")
    profiles = [ask for ask in first.next if ask.kind == "profile"]
    assert [person_of(ask.url) for ask in profiles] == ["5", "8", "12"]
    (second,) = [ask for ask in first.next if ask.kind == "topic"]
    assert topic_of(second.url) == ("1", 2)
    rest = parse_topic(page(second.url.removeprefix(BASE), **style), second.meta, UTC, NOW, None)
    assert rest.rows.posts[0]["reply_to_native_id"] == "1", "the opening post is known on later pages"


@pytest.mark.parametrize(
    ("header", "meta"),
    [
        ("utf-8", "gbk"),
        ("iso-8859-1", "gbk"),
        ("", "gbk"),
        ("nonsense", "utf-8"),
        ("utf-8", "utf-8"),
        ("", ""),
    ],
)
def test_a_wrong_charset_is_seen_through(header: str, meta: str) -> None:
    body = discuz(small_forum(), BASE, "/thread-1-1-1.html")
    assert body is not None
    body = body.replace('charset="utf-8"', f'charset="{meta}"')
    for charset in ("utf-8", "gb18030"):
        document = load_document(
            body.encode(charset), BASE + "thread-1-1-1.html", f"text/html; charset={header}"
        )
        assert parse_topic(document, {}, UTC, NOW, None).rows.posts[0]["title"] == "帖子1"


def test_a_quote_tells_who_is_answered() -> None:
    link = "forum.php?mod=redirect&amp;goto=findpost&amp;pid=41&amp;ptid=7"
    quote = (
        f'<div class="quote"><blockquote><font size="2"><a href="{BASE}{link}" target="_blank"><font color="#999999">'
        "林三 发表于 2026-3-5 10:20</font></a></font><br />\n开头</blockquote></div><br />\n同意"
    )
    answer = topic(quote).rows.posts[1]
    assert answer["text"] == "> @林三: 开头\n同意"
    assert (answer["reply_to_native_id"], answer["reply_to_author_native_id"]) == ("41", "3")
    assert answer["mentions"] == [{"native_id": "3", "handle": "林三"}]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<i class="pstatus"> 本帖最后由 林三 于 2024-3-5 10:20 编辑 </i><br />\n<br />\n改过', "改过"),
        ('一<font class="jammer">\' E8 Z) O</font><br />\n<span style="display:none">7 c, Z2</span>二', "一\n二"),
        ('公开 <div class="locked">游客，如果您要查看本帖隐藏内容请<a href="x">回复</a></div> 结尾', "公开 结尾"),
        ('看 <img src="static/image/smiley/default/lol.gif" smilieid="12" border="0" alt="" /> 图', "看 图"),
        ('<ignore_js_op><dl class="tattl"><dd><p class="attnm">a.zip</p></dd></dl></ignore_js_op>附件', "附件"),
        ('<div class="blockcode"><div><ol><li>a = 1</ol></div><em onclick="x">复制代码</em></div>后', "a = 1\n后"),
        ('<div class="showhide"><h4>本帖隐藏的内容</h4>给会员</div>', "给会员"),
        ('<div class="quote"><blockquote>匿名用户 发表于 2024-3-5 10:20<br />甲</blockquote></div>乙', "> 甲\n乙"),
        ('<a href="home.php?mod=space&amp;uid=3" target="_blank">@林三</a> 你看', "@林三 你看"),
        ("<script>replyreload += ',' + 9;</script>说", "说"),
        ("<div>" * 300 + "深" + "</div>" * 300, ""),
    ],
)  # fmt: skip
def test_what_the_author_wrote(html: str, text: str) -> None:
    assert topic(html).rows.posts[1].get("text", "") == text


def test_a_mention_by_link_is_known_by_its_uid() -> None:
    post = topic('<a href="space-uid-8.html" target="_blank">@新人</a> 来了').rows.posts[1]
    assert post["mentions"] == [{"native_id": "8", "handle": "新人"}]


def test_an_old_answer_names_its_post() -> None:
    html = '<strong>回复 <a href="forum.php?mod=redirect&amp;goto=findpost&amp;pid=41&amp;ptid=7">1#</a> <i>林三</i> </strong><br />好'
    post = topic(html).rows.posts[1]
    assert (post["text"], post["reply_to_native_id"]) == ("好", "41")


def test_posts_of_nobody_and_hidden_posts_are_counted() -> None:
    site = small_forum()
    site.topics = [Topic(7, 2, "试", [Post(1, "0", START, "匿名话"), Post(2, "5", START, "", locked=True)])]
    body = discuz(site, BASE, "/thread-7-1-1.html")
    assert body is not None
    read = parse_topic(load_document(body.encode(), BASE + "thread-7-1-1.html"), {}, UTC, NOW, None)
    assert read.counts == {"items": 2, "empty": 0, "posts/anonymous": 1, "posts/hidden": 1}
    assert not read.rows.posts
    assert not read.rows.rejects


@pytest.mark.parametrize(
    ("shown", "moment"),
    [
        ('<span title="2026-3-30 23:50:07">16&nbsp;小时前</span>', datetime(2026, 3, 30, 15, 50, 7, tzinfo=UTC)),
        ("昨天&nbsp;10:20", datetime(2026, 3, 31, 2, 20, tzinfo=UTC)),
        ("3&nbsp;分钟前", datetime(2026, 3, 31, 23, 57, tzinfo=UTC)),
        ("2024-3-5 10:20 PM", datetime(2024, 3, 5, 14, 20, tzinfo=UTC)),
        ("2024年3月5日 上午 10:20", datetime(2024, 3, 5, 2, 20, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_times_relative_and_exact(shown: str, moment: datetime) -> None:
    body = discuz(small_forum(), BASE, "/thread-3-1-1.html")
    assert body is not None
    body = body.replace("发表于 2026-3-8 10:20:07", f"发表于 {shown}")
    read = parse_topic(load_document(body.encode(), BASE + "thread-3-1-1.html"), {}, UTC, NOW, None)
    assert read.rows.posts[0]["created_at"] == moment


def test_a_post_whose_time_cannot_be_read_is_refused_with_its_author() -> None:
    body = discuz(small_forum(), BASE, "/thread-2-1-1.html")
    assert body is not None
    body = body.replace("发表于 2026-3-7 10:20:07", "发表于 从前")
    read = parse_topic(load_document(body.encode(), BASE + "thread-2-1-1.html"), {}, UTC, NOW, None)
    (refused,) = read.rows.rejects
    assert refused["reason"] == "the post has no time that can be read"
    assert refused["row"]["author_native_id"] == "8"
    assert len(read.rows.posts) == 2


def test_since_ends_the_paging_of_a_board_and_leaves_old_posts_out() -> None:
    since = datetime(2026, 3, 14, 12, tzinfo=UTC)
    quiet = parse_board(page("forum-2-1.html"), {}, UTC, NOW, since)
    asked = [topic_of(ask.url) or board_of(ask.url) for ask in quiet.next]
    assert asked == [("12", 1), ("10", 1), ("2", 2)]
    later = parse_board(page("forum-2-2.html"), {}, UTC, NOW, since)
    assert not later.next
    old = parse_topic(page("thread-1-1-1.html"), {}, UTC, NOW, since)
    assert not old.rows.posts


def test_paging_that_shows_the_same_page_again_ends() -> None:
    board = page("forum-3-1.html")
    first = parse_board(board, {}, UTC, NOW, None)
    (onward,) = [ask for ask in first.next if ask.kind == "board"]
    again = parse_board(board, onward.meta, UTC, NOW, None)
    assert [ask for ask in again.next if ask.kind == "board"] == []
    assert again.counts["paging/ended"] == 1
    deep = parse_board(board, {"before": shown_on(["x"]), "page": LONGEST}, UTC, NOW, None)
    assert deep.counts["paging/endless"] == 1
    assert (
        deep.rows.rejects[0]["reason"]
        == f"paging goes on beyond {LONGEST} pages: the list is read no further"
    )


def test_what_is_not_to_be_followed_is_not() -> None:
    site = small_forum()
    body = discuz(site, BASE, "/forum-3-1.html")
    assert body is not None
    marked = body.replace('class="nxt"', 'class="nxt" rel="nofollow"').encode()
    read = parse_board(load_document(marked, BASE + "forum-3-1.html"), {}, UTC, NOW, None)
    assert not [ask for ask in read.next if ask.kind == "board"]
    closed = body.replace("<head>", '<head><meta name="robots" content="index, nofollow">').encode()
    assert not parse_board(load_document(closed, BASE + "forum-3-1.html"), {}, UTC, NOW, None).next


@pytest.mark.parametrize(
    "meta",
    [
        'name="robots" content="noindex"',
        'content="NONE" name="Robots"',
        'name="renqun" content="noindex,follow"',
    ],
)
def test_a_page_that_asks_not_to_be_kept(meta: str) -> None:
    with pytest.raises(NoIndex):
        page("forum.php", head=f"<meta {meta}>")


def test_messages_in_place_of_a_page() -> None:
    with pytest.raises(NotShown) as closed:
        parse_profile(page("space-uid-3.html", members_only=True), UTC, NOW)
    assert (closed.value.reason, closed.value.gone) == ("the forum says: 抱歉，您需要登录后才能查看", False)
    with pytest.raises(NotShown) as gone:
        parse_topic(page("thread-99-1-1.html"), {}, UTC, NOW, None)
    assert gone.value.gone
    with pytest.raises(BadPage, match="shows no topic"):
        parse_topic(page("forum.php"), {}, UTC, NOW, None)


@pytest.mark.parametrize("action", ["pwverify", "paysubmit"])
def test_a_board_behind_a_password_or_a_price_says_so(action: str) -> None:
    form = f'<form action="forum.php?mod=forumdisplay&amp;fid=2&amp;action={action}"></form>'
    body = f'<html><h3>x</h3><div class="f_c"><h3>本版块需要密码</h3><div class="o">{form}</div></div></html>'
    with pytest.raises(NotShown, match="the forum says: 本版块需要密码"):
        parse_board(load_document(body.encode(), BASE + "forum-2-1.html"), {}, UTC, NOW, None)


def test_a_board_may_hold_nothing_but_boards() -> None:
    table = '<table class="fl_tb"><tr><td><h2><a href="forum-9-1.html">装备</a></h2></td></tr></table>'
    body = f'<html><div id="subforum_2" class="bm_c">{table}</div></html>'.encode()
    read = parse_board(load_document(body, BASE + "forum-2-1.html"), {}, UTC, NOW, None)
    assert [(ask.kind, ask.meta) for ask in read.next] == [("board", {"board": "装备"})]


def test_a_profile_gives_what_its_owner_states() -> None:
    stated = {
        "性别": "女", "生日": "1990 年 3 月 5 日", "居住地": "四川省 成都市", "学历": "本科", "职业": "教师",
        "自我介绍": "爱山<br />爱水", "手机": "13800000000", "注册时间": "2020-1-1 10:00",
    }  # fmt: skip
    (row,) = parse_profile(page("space-uid-3.html", facts={"3": stated}), UTC, NOW).rows.accounts
    assert (row["native_id"], row["handle"], row["gender"], row["birthday"]) == (
        "3",
        "林三",
        "女",
        "1990-3-5",
    )
    assert (row["region"], row["education"], row["occupation"]) == ("四川省 成都市", "本科", "教师")
    assert (row["bio"], row["posts_count"]) == ("爱山\n爱水", 16)
    assert row["registered_at"] == datetime(2020, 1, 1, 2, tzinfo=UTC)
    assert "13800000000" not in str(row), "a telephone number is no fact that is asked for"


def test_addresses() -> None:
    assert (
        topic_url(f"{BASE}forum.php?mod=viewthread&tid=5&extra=page%3D1")
        == f"{BASE}forum.php?mod=viewthread&tid=5"
    )
    assert topic_url(f"{BASE}thread-5-1-9.html", 3) == f"{BASE}thread-5-3-1.html"
    assert board_url(f"{BASE}forum-camping-1.html", 2) == f"{BASE}forum-camping-2.html"
    assert person_url(f"{BASE}home.php?mod=space&uid=5") == f"{BASE}home.php?mod=space&uid=5&do=profile"
    assert post_of(f"{BASE}forum.php?mod=redirect&goto=findpost&ptid=1&pid=7") == "7"
    for odd in ("", "http://[", f"{BASE}forum.php?mod=viewthread&tid=", f"{BASE}home.php?mod=space&uid=x"):
        assert (topic_of(odd), board_of(odd), person_of(odd), post_of(odd)) == (None, None, None, None)


PARSERS: dict[str, Any] = {
    "forum.php": lambda document: parse_index(document),
    "forum-2-1.html": lambda document: parse_board(document, {}, UTC, NOW, None),
    "thread-1-1-1.html": lambda document: parse_topic(document, {}, UTC, NOW, None),
    "space-uid-3.html": lambda document: parse_profile(document, UTC, NOW),
}


@pytest.mark.property
@pytest.mark.parametrize("path", sorted(PARSERS))
@given(data=st.data())
def test_no_page_raises_anything_but_what_is_meant(path: str, data: st.DataObject) -> None:
    site = small_forum(facts={"3": {"生日": "1990 年 3 月 5 日"}})
    body = discuz(site, BASE, "/" + path)
    assert body is not None
    spoilt = spoilt_html(body, data)
    try:
        read = PARSERS[path](load_document(spoilt, BASE + path, end=""))
    except (BadPage, NotShown, NoIndex):
        return
    for post in read.rows.posts:
        assert post["native_id"]
        assert post["author_native_id"]
        assert post["created_at"].tzinfo is not None
    for ask in read.next:
        assert ask.url.startswith("http://127.0.0.1:9/"), "nothing leads to another host"

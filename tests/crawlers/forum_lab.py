"""A small forum, drawn as Discuz! X3.5 and as phpBB draw theirs, for a local server or a parser alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.crawl_lab import Visit

CHINA = timezone(timedelta(hours=8))
START = datetime(2026, 3, 5, 10, 20, 7, tzinfo=CHINA)
PEOPLE = {"3": "林三", "5": "老周", "8": "camp_8", "12": "Cat"}


@dataclass
class Post:
    """One post; ``uid`` of "0" is nobody's. ``html`` is as its forum would draw the text."""

    pid: int
    uid: str
    at: datetime
    html: str
    locked: bool = False


@dataclass
class Topic:
    """One topic of a board. ``reversed``: its newest posts stand first."""

    tid: int
    fid: int
    title: str
    posts: list[Post]
    pinned: bool = False
    reversed: bool = False


@dataclass
class Forum:
    """All of it. ``tail`` stands at the foot of every page, ``head`` in its head."""

    boards: dict[int, str]
    topics: list[Topic]
    per_list: int = 4
    per_topic: int = 3
    members_only: bool = False
    head: str = ""
    rewritten: bool = True
    charset: str = "utf-8"
    facts: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, fid: int) -> list[Topic]:
        """The topics of a board as it lists them: pinned ones, then by their last post."""
        mine = [topic for topic in self.topics if topic.fid == fid]
        return sorted(mine, key=lambda topic: (topic.pinned, topic.posts[-1].at), reverse=True)

    def topic(self, tid: int) -> Topic | None:
        """One topic."""
        return next((topic for topic in self.topics if topic.tid == tid), None)


def small_forum(topics: int = 12, **more: object) -> Forum:
    """Two boards; topic 1 is pinned and long, the others have one to three posts."""
    made, pid = [], 0
    for tid in range(1, topics + 1):
        count = 7 if tid == 1 else 1 + tid % 3
        posts = []
        for number in range(count):
            pid += 1
            uid = list(PEOPLE)[(tid + number) % len(PEOPLE)]
            when = START + timedelta(days=tid, hours=number)
            posts.append(Post(pid, uid, when, f"第{tid}帖的第{number}层，帐篷很好"))
        made.append(Topic(tid, 2 + tid % 2, f"帖子{tid}", posts, pinned=tid == 1))
    return Forum({2: "露营", 3: "徒步"}, made, **more)  # type: ignore[arg-type]


Draw = Callable[[Forum, str, str], str | None]


def serve(forum: Forum, draw: Draw) -> Callable[[Visit], None]:
    """An answer for a local server: robots.txt allows all, pages are drawn when asked for."""

    def answer(visit: Visit) -> None:
        if visit.path == "/robots.txt":
            visit.give(b"", 404)
            return
        base = f"http://{visit.headers['Host']}/"
        page = draw(forum, base, visit.path)
        if page is None:
            visit.give(b"<html><body>no</body></html>", 404, {"Content-Type": "text/html"})
        else:
            kind = {"Content-Type": f"text/html; charset={forum.charset}"}
            visit.give(page.encode(forum.charset, "xmlcharrefreplace"), headers=kind)

    return answer


def _asked(path: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(path)
    return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}


def _slice(items: list[Topic] | list[Post], page: int, size: int) -> tuple[list[int], bool]:
    """Places of the items of a page, and whether another follows. Pages beyond the last show the last, as Discuz does."""
    pages = max(1, -(-len(items) // size))
    page = min(page, pages)
    return list(range((page - 1) * size, min(page * size, len(items)))), page < pages


# --- Discuz! -------------------------------------------------------------------------------------------------------


def discuz(forum: Forum, base: str, path: str) -> str | None:
    """A page of a Discuz! site."""
    name, asked = _asked(path)
    if found := re.fullmatch(r"/forum-(\d+)-(\d+)\.html", name):
        asked = {"mod": "forumdisplay", "fid": found[1], "page": found[2]}
    elif found := re.fullmatch(r"/thread-(\d+)-(\d+)-\d+\.html", name):
        asked = {"mod": "viewthread", "tid": found[1], "page": found[2]}
    elif found := re.fullmatch(r"/space-uid-(\d+)\.html", name):
        asked = {"mod": "space", "uid": found[1]}
    page = int(asked.get("page", "1"))
    match asked.get("mod"):
        case "forumdisplay":
            return _discuz_page(forum, base, discuz_board(forum, int(asked["fid"]), page))
        case "viewthread":
            topic = forum.topic(int(asked["tid"]))
            if topic is None:
                return _discuz_page(
                    forum, base, discuz_message("抱歉，指定的主题不存在或已被删除或正在被审核")
                )
            return _discuz_page(forum, base, discuz_topic(forum, topic, page))
        case "space":
            if forum.members_only:
                return _discuz_page(forum, base, discuz_message("抱歉，您需要登录后才能查看"))
            return _discuz_page(forum, base, discuz_profile(forum, asked["uid"]))
    return _discuz_page(forum, base, discuz_index(forum)) if name == "/forum.php" else None


def _discuz_page(forum: Forum, base: str, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="{forum.charset}" />\n<title>论坛 - Powered by Discuz!</title>\n'
        f'{forum.head}<base href="{base}" />\n</head>\n<body id="nv_forum">\n<div id="wp" class="wp">\n{body}\n</div>\n'
        '<div class="pt hm">您需要登录后才可以发帖 <a href="member.php?mod=logging&amp;action=login">登录</a></div>\n'
        '<div id="ft" class="wp cl"><div id="flk" class="y"><p class="xs0">\nGMT+8, 2026-4-1 12:00'
        '<span id="debuginfo"></span></p></div></div>\n</body>\n</html>\n'
    )


def discuz_message(text: str) -> str:
    """What stands in place of a page."""
    return f'<div id="ct"><div class="nfl"><div class="f_c altw"><div id="messagetext" class="alert_error">\n<p>{text}</p>\n</div></div></div></div>'


def _board_link(forum: Forum, fid: int, page: int = 1) -> str:
    if forum.rewritten:
        return f"forum-{fid}-{page}.html"
    return f"forum.php?mod=forumdisplay&fid={fid}" + (f"&amp;page={page}" if page > 1 else "")


def _topic_link(forum: Forum, tid: int, page: int = 1, extra: str = "") -> str:
    if forum.rewritten:
        return f"thread-{tid}-{page}-{2 if extra else 1}.html"
    return f"forum.php?mod=viewthread&amp;tid={tid}{extra}" + (f"&amp;page={page}" if page > 1 else "")


def _space_link(forum: Forum, uid: str) -> str:
    return f"space-uid-{uid}.html" if forum.rewritten else f"home.php?mod=space&amp;uid={uid}"


def discuz_index(forum: Forum) -> str:
    """The list of boards."""
    rows = "".join(
        f'<tr class="fl_row"><td class="fl_icn"><a href="{_board_link(forum, fid)}" title="{name}"><svg></svg></a></td>'
        f'<td><h2><a href="{_board_link(forum, fid)}">{name}</a></h2><p>版主: <span class="xi2"><a href="{_space_link(forum, "3")}">林三</a></span></p></td>'
        '<td class="fl_i"><span class="xi2">3</span></td><td class="fl_by"><div>'
        '<a href="forum.php?mod=redirect&amp;tid=1&amp;goto=lastpost#lastpost" class="xi2">帖子</a></div></td></tr>'
        for fid, name in forum.boards.items()
    )
    return f'<div class="fl bm"><div id="category_1" class="bm_c"><table class="fl_tb">{rows}</table></div></div>'


def discuz_board(forum: Forum, fid: int, page: int) -> str:
    """A page of a board: pinned topics on its first page."""
    listed = forum.of(fid)
    pinned = [topic for topic in listed if topic.pinned] if page == 1 else []
    others = [topic for topic in listed if not topic.pinned]
    places, more = _slice(others, page, forum.per_list)
    rows = "".join(_discuz_row(forum, topic) for topic in [*pinned, *(others[place] for place in places)])
    onward = (
        f'<div class="pg"><strong>{page}</strong><a href="{_board_link(forum, fid, page + 1)}" class="nxt">下一页</a></div>'
        if more
        else ""
    )
    return (
        f'<div id="pt" class="bm cl"><div class="z"><a href="./">论坛</a><em>&rsaquo;</em><a href="{_board_link(forum, fid)}">{forum.boards[fid]}</a></div></div>'
        f'<span id="fd_page_top">{onward}</span><div id="threadlist" class="tl bm bmw"><form><table id="threadlisttableid">{rows}</table></form></div>'
    )


def _discuz_row(forum: Forum, topic: Topic) -> str:
    kind, first, last = ("stick" if topic.pinned else "normal"), topic.posts[0], topic.posts[-1]
    link = _topic_link(forum, topic.tid, extra="&amp;extra=page%3D1")
    to_last = f"forum.php?mod=redirect&amp;tid={topic.tid}&amp;goto=lastpost#lastpost"
    to_last = _topic_link(forum, topic.tid) if topic.reversed else to_last
    return (
        f'<tbody id="{kind}thread_{topic.tid}"><tr><td class="icn"><a href="{link}" title="新窗口打开"></a></td>'
        f'<th class="common"><a href="javascript:;" id="content_{topic.tid}" class="showcontent y"></a> <a href="{link}" class="s xst">{topic.title}</a></th>'
        f'<td class="by"><cite><a href="{_space_link(forum, first.uid)}" c="1">{PEOPLE.get(first.uid, "匿名")}</a></cite><em><span>{first.at:%Y-%-m-%-d}</span></em></td>'
        f'<td class="num"><a href="{link}" class="xi2">{len(topic.posts) - 1}</a><em>99</em></td>'
        f'<td class="by"><cite><a href="home.php?mod=space&amp;username=x" c="1">x</a></cite><em><a href="{to_last}">{last.at:%Y-%-m-%-d %H:%M}</a></em></td></tr></tbody>'
    )


def discuz_topic(forum: Forum, topic: Topic, page: int) -> str:
    """A page of a topic."""
    places, more = _slice(topic.posts, page, forum.per_topic)
    places = [len(topic.posts) - 1 - place for place in places] if topic.reversed else places
    posts = "".join(_discuz_post(forum, topic, place) for place in places)
    onward = (
        f'<div class="pg"><a href="{_topic_link(forum, topic.tid, page + 1)}" class="nxt">下一页</a></div>'
        if more
        else ""
    )
    starter = topic.posts[0].uid
    top = (
        f'<div id="tath" class="cl"><a href="{_space_link(forum, starter)}" title="x"></a>楼主: <a href="{_space_link(forum, starter)}">{PEOPLE.get(starter)}</a></div>'
        if page > 1
        else f'<div class="hm ptn"><span class="xg1">查看:</span> <span class="xi1">77</span><span class="pipe">|</span><span class="xg1">回复:</span> <span class="xi1">{len(topic.posts) - 1}</span></div>'
    )
    return (
        f'<div id="pt" class="bm cl"><div class="z"><a href="./">论坛</a> <a href="{_board_link(forum, topic.fid)}">{forum.boards[topic.fid]}</a> <a href="{_topic_link(forum, topic.tid)}">{topic.title}</a></div></div>'
        f'<div id="pgt"><div class="pgt">{onward}</div></div><div id="postlist" class="pl bm"><table><tr><td class="pls ptn pbn">{top}</td>'
        f'<td class="plc ptm pbn vwthd"><h1 class="ts"><span id="thread_subject">{topic.title}</span></h1></td></tr></table>{posts}</div>'
    )


def _discuz_post(forum: Forum, topic: Topic, place: int) -> str:
    post = topic.posts[place]
    name = PEOPLE.get(post.uid)
    author = (
        f'<div class="pi"><div class="authi"><a href="{_space_link(forum, post.uid)}" target="_blank" class="xw1">{name}</a></div></div><div class="p_pop blk bui card_gender_2" id="userinfo{post.pid}" style="display: none"></div>'
        if name
        else '<div class="pi">匿名</div>'
    )
    floor = (
        _topic_link(forum, topic.tid)
        if place == 0
        else f"forum.php?mod=redirect&amp;goto=findpost&amp;ptid={topic.tid}&amp;pid={post.pid}"
    )
    text = (
        '<div class="locked">提示: <em>作者被禁止或删除 内容自动屏蔽</em></div>'
        if post.locked
        else f'<div class="t_fsz"><table><tr><td class="t_f" id="postmessage_{post.pid}">\n{post.html}</td></tr></table></div>'
    )
    when = post.at.astimezone(CHINA)
    return (
        f'<div id="post_{post.pid}"><table id="pid{post.pid}" class="plhin" summary="pid{post.pid}"><tr><td class="pls" rowspan="2"><div id="favatar{post.pid}" class="pls cl favatar">{author}</div></td>'
        f'<td class="plc"><div class="pi"><strong><a href="{floor}" id="postnum{post.pid}"><em>{place + 1}</em></a></strong><div class="pti"><div class="authi">'
        f'<em id="authorposton{post.pid}">发表于 {when:%Y-%-m-%-d %H:%M:%S}</em><span class="pipe">|</span><a href="forum.php?mod=viewthread&amp;tid={topic.tid}&amp;authorid={post.uid}" rel="nofollow">只看该作者</a></div></div></div>'
        f'<div class="pct"><div class="pcb">{text}</div></div></td></tr></table></div>'
    )


def discuz_profile(forum: Forum, uid: str) -> str:
    """A person's profile with the facts that the forum knows."""
    facts = "".join(
        f"<li><em>{label}</em>{value}</li>\n" for label, value in forum.facts.get(uid, {}).items()
    )
    return (
        f'<div class="bm_c u_profile"><div class="pbm mbm bbda cl"><h2 class="mbn">\n{PEOPLE[uid]}<span class="xw0">(UID: {uid})</span></h2>'
        '<ul class="cl bbda pbm mbm"><li><em class="xg2">统计信息</em><a href="#">回帖数 11</a> <a href="#">主题数 5</a></li></ul>'
        f'<ul class="pf_l cl">{facts}</ul></div><div class="pbm mbm bbda cl"><ul id="pbbs" class="pf_l"><li><em>注册时间</em>2021-5-28 16:46</li></ul></div></div>'
    )


# --- phpBB ---------------------------------------------------------------------------------------------------------


def phpbb(forum: Forum, base: str, path: str) -> str | None:
    """A page of a phpBB site."""
    name, asked = _asked(path)
    start = int(asked.get("start", "0"))
    if name == "/index.php":
        return _phpbb_page(forum, _phpbb_index(forum))
    if name == "/viewforum.php":
        return _phpbb_page(forum, _phpbb_board(forum, int(asked["f"]), start // forum.per_list + 1))
    if name == "/viewtopic.php" and (topic := forum.topic(int(asked["t"]))):
        return _phpbb_page(forum, _phpbb_topic(forum, topic, start // forum.per_topic + 1))
    if name == "/memberlist.php" and asked.get("mode") == "viewprofile":
        person = _PHPBB_LOGIN if forum.members_only else _phpbb_person(forum, asked["u"])
        return _phpbb_page(forum, person)
    return None


_PHPBB_LOGIN = (
    '<form action="./ucp.php?mode=login&amp;sid=k" method="post" id="login"><div class="panel"><div class="content">'
    '<h2 class="login-title">You must be a member to view profiles.</h2></div></div></form>'
)


def _phpbb_page(forum: Forum, body: str) -> str:
    return (
        f'<!DOCTYPE html>\n<html dir="ltr">\n<head>\n<meta charset="utf-8" />\n{forum.head}<title>a</title></head>\n'
        f'<body id="phpbb" class="nojs section-viewtopic ltr"><div id="page-body">{body}</div></body>\n</html>\n'
    )


def _phpbb_index(forum: Forum) -> str:
    rows = "".join(
        f'<li class="row"><dl class="row-item"><dt><div class="list-inner"><a href="./viewforum.php?f={fid}&amp;sid=abc{fid}" class="forumtitle">{name}</a></div></dt></dl></li>'
        for fid, name in forum.boards.items()
    )
    return f'<div class="forabg"><ul class="topiclist forums">{rows}</ul></div>'


def _phpbb_next(link: str) -> str:
    return f'<div class="pagination"><ul><li class="active"><span>1</span></li><li class="arrow next"><a class="button" href="{link}" rel="next">下一页</a></li></ul></div>'


def _phpbb_board(forum: Forum, fid: int, page: int) -> str:
    listed = forum.of(fid)
    pinned, others = [one for one in listed if one.pinned], [one for one in listed if not one.pinned]
    places, more = _slice(others, page, forum.per_list)
    rows = "".join(
        f'<li class="row bg1{" sticky" if topic.pinned else ""}"><dl class="row-item"><dt><div class="list-inner"><a href="./viewtopic.php?f={fid}&amp;t={topic.tid}&amp;sid=x{page}" class="topictitle">{topic.title}</a></div></dt>'
        f'<dd class="posts">{len(topic.posts) - 1} <dfn>回复</dfn></dd><dd class="lastpost"><span><time datetime="{topic.posts[-1].at.isoformat()}">x</time></span></dd></dl></li>'
        for topic in [*pinned, *(others[place] for place in places)]
    )
    onward = (
        _phpbb_next(f"./viewforum.php?f={fid}&amp;sid=q&amp;start={page * forum.per_list}") if more else ""
    )
    return f'<h2 class="forum-title"><a href="./viewforum.php?f={fid}">{forum.boards[fid]}</a></h2>{onward}<div class="forumbg"><ul class="topiclist topics">{rows}</ul></div>'


def _phpbb_topic(forum: Forum, topic: Topic, page: int) -> str:
    places, more = _slice(topic.posts, page, forum.per_topic)
    posts = "".join(_phpbb_post(topic.posts[place]) for place in places)
    onward = (
        _phpbb_next(f"./viewtopic.php?f={topic.fid}&amp;t={topic.tid}&amp;start={page * forum.per_topic}")
        if more
        else ""
    )
    return (
        f'<ul id="nav-breadcrumbs"><li class="breadcrumbs"><span class="crumb"><a href="./viewforum.php?f={topic.fid}"><span itemprop="name">{forum.boards[topic.fid]}</span></a></span></li></ul>'
        f'<h2 class="topic-title"><a href="./viewtopic.php?t={topic.tid}">{topic.title}</a></h2>{onward}{posts}'
    )


def _phpbb_post(post: Post) -> str:
    name = PEOPLE.get(post.uid)
    author = (
        f'<a href="./memberlist.php?mode=viewprofile&amp;u={post.uid}&amp;sid=k" class="username">{name}</a>'
        if name
        else '<span class="username">访客</span>'
    )
    return (
        f'<div id="p{post.pid}" class="post has-profile bg2"><div class="inner"><dl class="postprofile" id="profile{post.pid}"><dt class="no-profile-rank no-avatar">{author}</dt></dl>'
        f'<div class="postbody"><div id="post_content{post.pid}"><h3><a href="#p{post.pid}">Re</a></h3><p class="author"><span>由 <strong>{author}</strong> &raquo; </span><time datetime="{post.at.isoformat()}">x</time></p>'
        f'<div class="content">{post.html}</div><div class="notice">最后编辑</div></div></div></div></div>'
    )


def _phpbb_person(forum: Forum, uid: str) -> str:
    facts = "".join(
        f"<dt>{label}:</dt> <dd>{value}</dd>" for label, value in forum.facts.get(uid, {}).items()
    )
    return (
        f'<form id="viewprofile"><div class="panel"><dl class="left-box details profile-details"><dt>用户名:</dt><dd><span>{PEOPLE[uid]}</span></dd>{facts}</dl>'
        '<dl class="details"><dt>Joined:</dt> <dd>Tue Mar 05, 2024 10:20 am</dd><dt>Total posts:</dt> <dd>1,234 | <strong>x</strong></dd></dl></div></form>'
    )

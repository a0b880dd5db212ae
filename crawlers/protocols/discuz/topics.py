"""The topics of a Discuz! site, page by page.

Posts without an account (anonymous, guests, deleted members) and posts that are hidden from guests are counted, not
kept. Gender stands in a class of every topic page even where its owner hides it: it is read from profiles alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from crawlers.protocols.discuz.links import person_of, person_url, post_of, topic_of, topic_url
from crawlers.protocols.discuz.parts import NEXT, board_name, has, moment_of, say_why, zone_of
from crawlers.protocols.document import Document, text_of
from crawlers.protocols.fields import as_count, drop_absent
from crawlers.protocols.html import PlainText, mark_quote, plain_of
from crawlers.protocols.page import Ask, RawPage
from crawlers.protocols.paging import next_page
from crawlers.protocols.threads import Said, Topic, add_posts
from lake.raw import RawRows

_X = etree.XPath
_POSTS = _X("//div[@id='postlist']//table[starts-with(@id, 'pid')]")
_POSTLIST = _X("//div[@id='postlist']")
_AUTHORS = _X(f".//div[{has('authi')}]//a[@href]")
_POSTED = _X(".//em[starts-with(@id, 'authorposton')]")
_TEXT = _X(".//td[starts-with(@id, 'postmessage_')]")
_FLOOR = _X(".//a[starts-with(@id, 'postnum')]/@href")
_SUPPORT = _X(".//*[starts-with(@id, 'review_support_') or @id = 'recommendv_add']")
_OPTIONS = _X(f".//form[@id='poll']//td[{has('pvt')}]/label")
_TITLE = _X("//*[@id='thread_subject']")
_TAGS = _X(f"//div[{has('ptg')}]/a[contains(@href, 'tag')]")
_ANSWERS = _X(f"(//div[{has('hm')}]/span[{has('xi1')}])[2]")
_STARTER = _X("//div[@id='tath']/a[@href]")
_NOISE = _X(
    f".//*[{has('pstatus')} or {has('jammer')} or {has('locked')} or {has('attach_nopermission')} or {has('tip')}"
    " or self::ignore_js_op or contains(translate(@style, ' ', ''), 'display:none')"
    f" or (self::em and parent::div[{has('blockcode')}]) or (self::h4 and parent::div[{has('showhide')}])]"
)
_QUOTES = _X(f".//div[{has('quote')}]/blockquote")
_OLD_ANSWERS = _X(".//strong[a[contains(@href, 'findpost')]][starts-with(normalize-space(.), '回')]")
_LINKS = _X(".//a[@href]")
_WROTE = re.compile(
    r"^\s*(?P<name>\S[^\n]{0,40}?)?\s*(?:发表于|發表於|Post at)\s*\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}[^\n]{0,20}"
)
_NOBODY = re.compile(r"匿名.{0,3}|游客.*|遊客.*|Guest.*", re.IGNORECASE)


def parse_topic(
    page: Document, meta: dict[str, Any], zone: tzinfo, now: datetime, since: datetime | None
) -> RawPage:
    """Read a page of a topic: its posts, an ask for each author's profile, and the next page.

    ``meta`` is what the ask for this page carried.
    """
    here = topic_of(page.url)
    if page.first(_POSTLIST) is None or here is None:
        say_why(page, "no topic")
    zone = zone_of(page, zone)
    posts = page.find(_POSTS)
    result = RawPage(RawRows(), counts={"items": len(posts), "empty": int(not posts)})
    starter = page.first(_STARTER)
    topic = Topic(
        here[0],
        text_of(page.first(_TITLE)) or None,
        board_name(page) or meta.get("board"),
        [tag for tag in map(text_of, page.find(_TAGS)) if tag],
        as_count(text_of(page.first(_ANSWERS))),
        person_of(page.link(starter.get("href"))) if starter is not None else None,
    )
    said = [one for node in posts if (one := _post(page, node, result, zone, now)) is not None]
    if not meta.get("first"):
        meta = meta | drop_absent({"first": _first(page, posts, here[1])})
    carried = add_posts(result, topic, said, meta, since)
    result.next.extend(_people(page, posts, f"{now:%Y-%m}"))
    onward = page.follow(page.first(NEXT))
    following = topic_of(onward) if onward else None
    if onward and following and following[0] == here[0] and following[1] > here[1]:
        ask = Ask(topic_url(onward, following[1]), "topic", priority=3)
        next_page(result, ask, [node.get("id") for node in posts], meta, carried, repeats=True)
    return result


def _post(page: Document, node: etree._Element, result: RawPage, zone: tzinfo, now: datetime) -> Said | None:
    """One post, or None (counted) where it has no account or its text is hidden from guests."""
    number = (node.get("id") or "").removeprefix("pid")
    author, name = _author(page, node)
    text = page.first(_TEXT, node)
    if text is None or author is None:
        why = "posts/hidden" if text is None else "posts/anonymous"
        result.counts[why] = result.counts.get(why, 0) + 1
        return None
    at = moment_of(page, page.first(_POSTED, node), zone, now)
    likes = page.first(_SUPPORT, node)
    said = Said(number if number.isdigit() else None, author, name, at, PlainText(""))
    said.likes = as_count(text_of(likes)) if likes is not None else None
    said.url = f"{page.url}#pid{number}"
    said.answers = _clean(page, text)
    said.mentioned = _mentioned(page, text)
    said.plain = plain_of(text)
    if options := [re.sub(r"^\d+\.\s*", "", text_of(option)) for option in page.find(_OPTIONS, node)]:
        said.plain.text = f"{said.plain.text}\n投票：{' / '.join(options)}".strip()
    return said


def _author(page: Document, node: etree._Element) -> tuple[str | None, str | None]:
    """uid and name beside a post."""
    uid = name = None
    for link in page.find(_AUTHORS, node):
        found = person_of(page.link(link.get("href")))
        if found and uid in (None, found):
            uid, name = found, name or text_of(link) or None
    return uid, name


def _clean(page: Document, text: etree._Element) -> str | None:
    """Bring quotes into the common dialect, drop what its author did not write; the post that it names as answered."""
    for noise in page.find(_NOISE, text):
        if noise.getparent() is not None:
            noise.drop_tree()
    answers = None
    for old in page.find(_OLD_ANSWERS, text):
        answers = answers or post_of(page.link(old.find("a").get("href")))
        old.drop_tree()
    for quote in page.find(_QUOTES, text):
        link = next((post_of(page.link(link.get("href"))) for link in page.find(_LINKS, quote)), None)
        name = _take_attribution(quote)
        mark_quote(quote, name if name and not _NOBODY.fullmatch(name) else None, link)
    return answers


def _take_attribution(quote: etree._Element) -> str | None:
    """The name in a quote's first line, ``name 发表于 2024-3-5 10:20``; the line goes."""
    for node in quote.iter():
        if isinstance(node.tag, str) and node.text and node.text.strip():
            found = _WROTE.match(node.text)
            if found is None:
                return None
            node.text = node.text[found.end() :]
            return found["name"]
    return None


def _mentioned(page: Document, text: etree._Element) -> dict[str, str]:
    """Links to profiles that read ``@name``, marked as mentions: name -> uid."""
    found = {}
    for link in page.find(_LINKS, text):
        name, uid = text_of(link).removeprefix("@"), person_of(page.link(link.get("href")))
        if uid and name and text_of(link).startswith("@"):
            link.set("class", "mention")
            found[name] = uid
    return found


def _first(page: Document, posts: list[etree._Element], number: int) -> str | None:
    """The post that began the topic: the one whose number does not lead to a post of the topic.

    It stands on the first page, or on the last of a topic that shows the newest posts first.
    """
    for node in posts:
        floor = page.first(_FLOOR, node)
        if floor is not None and "findpost" not in floor:
            return str(node.get("id")).removeprefix("pid")
    unnumbered = number == 1 and posts and page.first(_FLOOR) is None
    return str(posts[0].get("id")).removeprefix("pid") if unnumbered else None


def _people(page: Document, posts: list[etree._Element], month: str) -> Iterator[Ask]:
    """The profiles of those who wrote here, each read once a month."""
    seen: set[str] = set()
    for node in posts:
        for link in page.find(_AUTHORS, node):
            url = page.follow(link)
            uid = person_of(url)
            if url and uid and uid not in seen:
                seen.add(uid)
                yield Ask(
                    person_url(url), "profile", {"uid": uid}, priority=20, remember=(f"profile:{uid}", month)
                )

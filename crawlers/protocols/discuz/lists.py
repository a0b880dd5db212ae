"""The lists of a Discuz! site: its boards, and the topics of a board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from crawlers.protocols.discuz.links import board_of, board_url, topic_of, topic_url
from crawlers.protocols.discuz.parts import NEXT, board_name, has, moment_of, say_why, zone_of
from crawlers.protocols.document import Document, text_of
from crawlers.protocols.fields import as_count, drop_absent
from crawlers.protocols.page import Ask, RawPage
from crawlers.protocols.paging import next_page
from lake.raw import RawRows

_X = etree.XPath
_BOARDS = _X(f"//table[{has('fl_tb')}]//a[@href]")
_ROWS = _X("//tbody[starts-with(@id, 'normalthread_') or starts-with(@id, 'stickthread_')]")
_TILES = _X("//ul[@id='waterfall']/li")
_SUBJECT = _X(f".//a[{has('xst')}] | .//h3/a[@href]")
_REPLIES = _X(f".//td[{has('num')}]/a | .//cite[{has('y')}]/a")
_LAST = _X(f"(.//td[{has('by')}])[last()]//em")
_LAST_LINK = _X(f"(.//td[{has('by')}])[last()]//em/a[@href]")
_LIST = _X("//*[@id='threadlist']")


def parse_index(page: Document) -> RawPage:
    """Read ``forum.php``: one ask a board, sub-boards too."""
    result = RawPage(RawRows())
    result.next.extend(_boards(page))
    if not result.next:
        say_why(page, "no list of boards")
    result.counts = {"items": len(result.next), "empty": 0}
    return result


def parse_board(
    page: Document, meta: dict[str, Any], zone: tzinfo, now: datetime, since: datetime | None
) -> RawPage:
    """Read a page of a board: one ask a topic, the boards below it, and the next page.

    Topics stand in the order of their last post; a page on which all but the pinned ones were quiet since ``since`` is
    the last.
    """
    here = board_of(page.url)
    rows, boards = page.find(_ROWS) or page.find(_TILES), list(_boards(page))
    if not rows and not boards and page.first(_LIST) is None:  # some boards hold nothing but boards
        say_why(page, "no list of topics")
    zone = zone_of(page, zone)
    board = meta.get("board") or board_name(page)
    result = RawPage(RawRows(), boards, {"items": len(rows), "empty": int(not rows)})
    listed, recent = [], 0
    for row in rows:
        url = page.follow(page.first(_SUBJECT, row))
        topic = topic_of(url) if url else None
        if url is None or topic is None:
            continue
        last = moment_of(page, page.first(_LAST, row), zone, now)
        pinned = (row.get("id") or "").startswith("stick")
        if not pinned:
            listed.append(topic[0])
        if since is not None and last is not None and last < since:
            continue
        recent += not pinned
        replies = as_count(text_of(page.first(_REPLIES, row)))
        state = f"{last.isoformat() if last else ''}/{'' if replies is None else replies}"
        asked = drop_absent({"board": board, "reversed": _is_reversed(page, row)})
        result.next.append(Ask(topic_url(url), "topic", asked, remember=(f"topic:{topic[0]}", state)))
    onward = page.follow(page.first(NEXT))
    following = board_of(onward) if onward else None
    if here and onward and following and following[0] == here[0] and (since is None or recent):
        ask = Ask(board_url(onward, following[1]), "board", priority=10)
        next_page(result, ask, listed, meta, drop_absent({"board": board}), repeats=True)
    return result


def _is_reversed(page: Document, row: etree._Element) -> bool | None:
    """Whether a topic shows its newest posts first: then the link to its last post leads to its first page."""
    link = page.first(_LAST_LINK, row)
    url = None if link is None else page.link(link.get("href"))
    return True if url and topic_of(url) else None


def _boards(page: Document) -> Iterator[Ask]:
    """Boards that a list of boards shows, each once."""
    seen: dict[str, None] = {}
    for link in page.find(_BOARDS):
        url, name = page.follow(link), text_of(link) or (link.get("title") or "").strip()
        board = board_of(url) if url else None
        if url and board and name and board[0] not in seen:
            seen[board[0]] = None
            yield Ask(board_url(url), "board", {"board": name}, priority=10)

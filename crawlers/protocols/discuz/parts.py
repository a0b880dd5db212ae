"""What several kinds of Discuz! pages have in common: times, the path above the page, messages in its place."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import NoReturn

from lxml import etree  # type: ignore[import-untyped]

from crawlers.protocols.discuz.links import board_of
from crawlers.protocols.document import Document, text_of
from crawlers.protocols.page import BadPage, NotShown, quoted
from crawlers.protocols.times import read_time


def has(name: str) -> str:
    """The XPath condition that an element has this class."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


_X = etree.XPath
_MESSAGE = _X(
    "//div[@id='messagetext']//p[1] | //div[@id='messagetext'][not(p)]"
    " | //h3[following-sibling::*[1]/form[contains(@action, '=pwverify') or contains(@action, '=paysubmit')]]"
)
_CRUMBS = _X("//div[@id='pt']//a[@href]")
_TITLED = _X(".//span[@title]")
NEXT = _X(f"//div[{has('pg')}]/a[{has('nxt')}]")
_FOOTER = _X("//div[@id='ft']")
_ZONE = re.compile(r"GMT\s*([+-]\d{1,2}(?:\.\d{1,2})?)")
_GONE = re.compile(r"不存在|已被删除|已删除|正在被审核|已被刪除|正在被審核")


def moment_of(page: Document, node: etree._Element | None, zone: tzinfo, now: datetime) -> datetime | None:
    """A time as Discuz shows it: the exact one in a title where the text is relative."""
    if node is None:
        return None
    titled = page.first(_TITLED, node)
    return read_time(titled.get("title") if titled is not None else text_of(node), zone, now)


def zone_of(page: Document, otherwise: tzinfo) -> tzinfo:
    """The zone of the page's times: what its foot says (``GMT+8, 2024-3-5 10:20``), or else the given one."""
    found = _ZONE.search(text_of(page.first(_FOOTER)))
    hours = float(found[1]) if found else None
    return otherwise if hours is None or abs(hours) > 14 else timezone(timedelta(hours=hours))


def board_name(page: Document) -> str | None:
    """The board that the page belongs to: the last one of the path above it."""
    names = [text_of(link) for link in page.find(_CRUMBS) if board_of(page.link(link.get("href")) or "")]
    return names[-1] if names and names[-1] else None


def say_why(page: Document, missing: str) -> NoReturn:
    """Raise what the page says instead of what it should show."""
    said = text_of(page.first(_MESSAGE))
    if not said:
        raise BadPage(f"the page shows {missing}")
    raise NotShown(f"the forum says: {quoted(said)}", gone=bool(_GONE.search(said)))

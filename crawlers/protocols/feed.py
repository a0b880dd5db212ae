"""Feeds: RSS 2.0 (and 0.9x), RSS 1.0 (RDF), Atom (RFC 4287), read by the names of their elements.

An entry's author is an account where the feed names one, by its address (``author/uri``) or else by its name within the
feed; entries without an author are the feed's own, whose account is a medium. Names that RSS modules add are read
wherever they stand: ``content:encoded``, ``dc:creator``, ``dc:date``, ``dc:subject``, ``slash:comments``,
``thr:in-reply-to``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from html import escape
from urllib.parse import urljoin, urlsplit

from lxml import etree  # type: ignore[import-untyped]

from crawlers.protocols.fields import BadItem, as_count, as_moment, as_text, drop_absent, reject
from crawlers.protocols.html import to_plain, to_text
from crawlers.protocols.page import AGENT, NOT_KEPT, Ask, BadPage, NoIndex, RawPage
from crawlers.protocols.times import read_time
from crawlers.protocols.xml import load_xml
from lake.raw import RawAccount, RawPost, RawRows

_ROOTS = {"rss": "RSS", "RDF": "RSS", "feed": "Atom"}
_PERSON = re.compile(r"\s*[^\s@()]+@[^\s@()]+\s*\((?P<name>[^()]+)\)\s*")  # RSS: amy@example.org (Amy)
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_ENTRIES = ("item", "entry")
_DATES = (
    "published",
    "pubDate",
    "date",
    "issued",
    "created",
    "updated",
    "modified",
)  # the first that is usable
_OFFSET = re.compile(r"(?:\s|GMT|UTC)([+-])(\d{1,2}):?(\d\d)?(?=$|\s+(?:\d{4}|\(.*\))$)", re.IGNORECASE)
_GREENWICH = re.compile(r"\b(?:UTC?|GMT|Z)\b|[+-]0000\b", re.IGNORECASE)
_HALF = re.compile(r"\b([AP])\.?M\b", re.IGNORECASE)
_TEXTS = ("encoded", "content", "description", "summary")
_EDITED = re.compile(
    r"本帖最[后後]由 .{1,60}? [于於] [\d/: -]{6,24} [编編][辑輯]\s*"
)  # Discuz!, in the text itself
_MEDIUM = "media"


@dataclass(frozen=True, slots=True)
class _Feed:
    """What the entries take from their feed."""

    id: str
    url: str
    lang: str | None
    zone: tzinfo
    since: datetime | None
    author: str | None


def parse_feed(
    body: bytes,
    url: str,
    *,
    feed_url: str,
    content_type: str = "",
    zone: tzinfo = UTC,
    since: datetime | None = None,
) -> RawPage:
    """Read one page of a feed into posts and the accounts of their authors.

    ``feed_url`` is the feed's first page and names it; times without a zone are read in ``zone``; entries before
    ``since`` are left out. The next page (RFC 5005, ``rel="next"``) follows unless this one reaches them. Raises
    BadPage, and NoIndex where the feed says that it may not be indexed.
    """
    root = load_xml(body, content_type)
    kind = _ROOTS.get(_name(root))
    if kind is None:
        raise BadPage(f"a feed was expected, this is <{_name(root)[:40]}>")
    head = root if kind == "Atom" else _child(root, "channel")
    if head is None:
        raise BadPage("the feed has no channel")
    if (where := _asks_not(head)) is not None:
        raise NoIndex(where)
    lang = _text(head, "language") or root.get(f"{{{_XML}}}lang")
    feed = _Feed(feed_url, url, lang, zone, since, _author_of(head, "author"))
    rows = RawRows(accounts=[_medium(head, feed)])
    entries = [node for name in _ENTRIES for node in root.iter("{*}" + name)]
    page = RawPage(rows, counts={"items": len(entries), "empty": int(not entries)})
    old = sum(_entry(entry, feed, rows) for entry in entries)
    page.counts["old"] = old
    following = _link(head, "next", url)
    if entries and old < len(entries) and following is not None:
        page.next.append(Ask(following, "feed", {"feed": feed_url}))
    return page


def _entry(entry: etree._Element, feed: _Feed, rows: RawRows) -> bool:
    """Take one entry in, or keep it as refused; whether it is too old."""
    try:
        post, author = _post(entry, feed)
    except BadItem as error:
        reject(rows, "posts", str(error), etree.tostring(entry, encoding="unicode"), feed.id)
        return False
    if feed.since is not None and post["created_at"] < feed.since:
        return True
    rows.posts.append(post)
    if author is not None:
        rows.accounts.append(author)
    return False


def _post(entry: etree._Element, feed: _Feed) -> tuple[RawPost, RawAccount | None]:
    link = _link(entry, "alternate", feed.url) or _permalink(entry)
    native_id = _text(entry, "guid", "id") or entry.get(f"{{{_RDF}}}about") or link
    if native_id is None:
        raise BadItem("the entry has neither guid nor link")
    created = next(filter(None, (moment(_text(entry, name), feed.zone) for name in _DATES)), None)
    if created is None:
        raise BadItem("the entry has no usable date")
    author = _author(entry, feed)
    title = _text(entry, "title")
    post: RawPost = {
        "native_id": native_id if ":" in native_id else f"{feed.id}#{native_id}",
        "author_native_id": author["native_id"] if author else feed.id,
        "author_handle": author.get("handle") if author else None,
        "created_at": created,
        "text": _content(entry, author.get("handle") if author else None),
        "title": None if title is None else to_text(title),
        "lang": feed.lang,
        "hashtags": list(dict.fromkeys(_categories(entry))),
        "url": link,
        "reply_to_native_id": next((node.get("ref") for node in entry.iter("{*}in-reply-to")), None),
        "replies": as_count((_text(entry, "comments", "total") or "").strip()),
    }
    return drop_absent(post), author


def moment(text: str | None, zone: tzinfo = UTC) -> datetime | None:
    """A feed's date as aware UTC: RFC 822 (RSS), ISO 8601 (Atom, Dublin Core), or as pages write them; 1970 to 2199.

    ``zone`` holds for dates without one, and for names of zones that are its own: CST is China's time in China.
    """
    if text is None:
        return None
    text = text.strip()
    try:
        found = _rfc822(text, zone) if text[:1].isalpha() or " " in text[:4] else None
        if found is not None:
            return as_moment(found.isoformat())
        iso = datetime.fromisoformat(text)
        return as_moment((iso if iso.tzinfo else iso.replace(tzinfo=zone)).isoformat())
    except (ValueError, OverflowError, IndexError, TypeError):
        return read_time(text, zone, None)


def _rfc822(text: str, zone: tzinfo) -> datetime | None:
    """The same of RFC 822: also with a colon in the offset, GMT before it, and hours of twelve. Raises ValueError."""
    text = re.sub(
        r"\bSept\b", "Sep", _OFFSET.sub(lambda said: f" {said[1]}{said[2]:0>2}{said[3] or '00'}", text)
    )
    found = parsedate_tz(text if ":" in text else f"{text} 00:00:00")
    if found is None:
        return None
    hour = found[3]
    if half := _HALF.search(text):
        hour = hour % 12 + 12 * (half[1] in "pP")
    local = datetime(*found[:3], hour, *found[4:6], tzinfo=zone)
    name = local.tzname()
    unsaid = not found[9] and not _GREENWICH.search(text)
    if unsaid or (name and re.search(rf"\b{re.escape(name)}\b", text)):
        return local
    return local.replace(tzinfo=timezone(timedelta(seconds=found[9] or 0)))


def _medium(head: etree._Element, feed: _Feed) -> RawAccount:
    """The feed as an account."""
    title, about = _text(head, "title"), _text(head, "description", "subtitle", "tagline")
    account: RawAccount = {
        "native_id": feed.id,
        "name": None if title is None else to_text(title),
        "bio": None if about is None else to_text(about),
        "url": _link(head, "alternate", feed.url),
        "kind": _MEDIUM,
    }
    return drop_absent(account)


def _author(entry: etree._Element, feed: _Feed) -> RawAccount | None:
    """The entry's own author as an account; None where the feed speaks."""
    name = _author_of(entry, "author", "creator") or feed.author
    if name is None:
        return None
    node = _child(entry, "author")
    uri = None if node is None else _text(node, "uri", "url")
    account: RawAccount = {
        "native_id": uri if uri and ":" in uri else f"{feed.id}#{name.lower()}",
        "handle": name,
        "url": uri if uri and uri.startswith(("http://", "https://")) else None,
    }
    return drop_absent(account)


def _author_of(node: etree._Element, *names: str) -> str | None:
    """Whom a feed or an entry names as its author: ``author/name`` or text, mail addresses left out."""
    for child in node:
        if _name(child) not in names:
            continue
        said = _text(child, "name") if len(child) else as_text(child.text)
        if said is None:
            continue
        match = _PERSON.fullmatch(said)
        said = match["name"] if match else said
        if "@" not in said.strip().lstrip("@"):
            return " ".join(said.split()).removeprefix("@")[:200]
    return None


def _content(entry: etree._Element, author: str | None) -> str:
    """The longest that the entry says of itself, as plain text; what it quotes is marked as another's words."""
    said = [_without_note(_markup(child), author) for child in entry if _name(child) in _TEXTS]
    longest = max((to_plain(markup, mark_quotes=True).text for markup in said), key=len, default="")
    return _EDITED.sub("", longest).strip()


def _without_note(markup: str, author: str | None) -> str:
    """Without the line at the end by which phpBB says who wrote the post: it is the feed's, and it is a name."""
    if not author or "<hr" not in markup:
        return markup
    named = rf"<(a|span)\b[^<>]*>\s*{re.escape(escape(author, quote=False))}\s*</\1>"
    return re.sub(rf"<p>[^<>]*{named}[^<>]*</p>\s*<hr\s*/?>\s*\Z", "", markup)


def _markup(node: etree._Element) -> str:
    """An Atom or RSS text as HTML: markup inside (xhtml) is written out, plain text is escaped, HTML stays."""
    if len(node):
        inner = [etree.tostring(child, encoding="unicode", method="html") for child in node]
        return (node.text or "") + "".join(inner)
    text = node.text or ""
    if node.get("type") in ("text", "text/plain"):
        return text.replace("&", "&amp;").replace("<", "&lt;")
    return text


def _categories(entry: etree._Element) -> Iterator[str]:
    """Categories and subjects, without ``#``."""
    for child in entry:
        if _name(child) in ("category", "subject"):
            word = as_text(child.get("label") or child.get("term") or child.text)
            if word is not None:
                yield " ".join(word.split()).lstrip("#")


def _link(node: etree._Element, rel: str, base: str) -> str | None:
    """An http address of this relation; an RSS ``<link>`` is the alternate one."""
    for child in node:
        if _name(child) != "link":
            continue
        address = child.get("href") or (child.text if rel == "alternate" else None)
        if address and (child.get("rel") or "alternate") == rel:
            try:
                full: str = urljoin(urljoin(base, child.base or ""), address.strip())
                if urlsplit(full).scheme in ("http", "https"):
                    return full
            except ValueError:
                continue
    return None


def _permalink(entry: etree._Element) -> str | None:
    """The guid of an RSS item, where it says that it is an address, or does not deny it."""
    guid = _child(entry, "guid")
    said = "" if guid is None or guid.get("isPermaLink") == "false" else (guid.text or "").strip()
    return said if said.startswith(("http://", "https://")) else None


def _asks_not(head: etree._Element) -> str | None:
    """Where a feed says that it may not be indexed: a robots meta, ``access:restriction`` or ``itunes:block``."""
    for child in head:
        name = _name(child)
        if name == "meta" and (child.get("name") or "").lower() in ("robots", AGENT):
            if NOT_KEPT & set(re.split(r"[\s,]+", (child.get("content") or "").lower())):
                return "the feed says robots noindex"
        elif name == "restriction" and (child.get("relationship") or "").lower() == "deny":
            return "the feed says access denied"
        elif name == "block" and (child.text or "").strip().lower() == "yes":
            return "the feed says block"
    return None


def _name(node: etree._Element) -> str:
    """An element's name without its namespace."""
    return str(node.tag).rpartition("}")[2]


def _child(node: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in node if _name(child) == name), None)


def _text(node: etree._Element, *names: str) -> str | None:
    """The text of the first child of the first of these names that has any."""
    for name in names:
        for child in node:
            if _name(child) == name and (text := as_text("".join(child.itertext()))) is not None:
                return text.strip()
    return None

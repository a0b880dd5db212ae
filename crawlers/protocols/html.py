"""HTML of posts to plain text: paragraphs kept, mentions as ``@handle``, quotes marked, everything else dropped.

Mastodon wraps a mention as ``<span class="h-card"><a class="u-url mention" href=…>@<span>name</span></a></span>`` and
long links with an ``invisible`` part; Discourse writes ``<a class="mention" href="/u/name">@name</a>`` and quotes as
``<aside class="quote" data-username data-post data-topic>``, previews of links as ``<aside class="onebox"
data-onebox-src>`` (NodeBB: ``<div class="link-preview">``, XenForo: ``<div class="bbCodeBlock--unfurl" data-url>``), pictures with their names and sizes in ``<div
class="lightbox-wrapper">``; NodeBB a mention as ``<a class="plugin-mentions-user …"
href="/user/slug">@<bdi>name</bdi></a>`` and quotes as plain ``<blockquote>``. Parsers of other dialects bring
theirs into this one (``mark_quote``) before they ask for the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

_SIMPLE = re.compile(r"<(?!/?p>|br ?/?>)", re.IGNORECASE)
_BREAKS = re.compile(r"</p>\s*<p>|<br ?/?>|</?p>", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\xa0]+")
_LINES = re.compile(r" *\n[ \n]*")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_BLOCKS = frozenset(
    ("p", "div", "br", "li", "ul", "ol", "blockquote", "aside", "pre", "table", "tr", "hr", "section")
).union(("article", "header", "footer", "h1", "h2", "h3", "h4", "h5", "h6"))
_SKIPPED = frozenset(
    ("script", "style", "svg", "template", "noscript", "iframe", "object", "head", "video", "audio")
)
_MENTIONS = frozenset(("mention", "u-url", "plugin-mentions-user"))
_UNSAID = frozenset(  # Mastodon's "RE: link" stands for the quote it also sends; the others are Discourse's own words
    ("invisible", "quote-inline", "lightbox-wrapper", "poll-info")
)
_PREVIEWS = frozenset(
    ("onebox", "link-preview", "bbCodeBlock--unfurl")
)  # of a link: its author wrote the address alone
_DEEPEST = 100
_NO_HANDLES: Mapping[str, str] = {}


@dataclass(slots=True)
class Quote:
    """Whom a quote in a post is taken from; for Discourse also the post number and topic, for forums the post's id."""

    username: str
    post_number: int | None = None
    topic_id: str | None = None
    post_id: str | None = None


@dataclass(slots=True)
class PlainText:
    """The text of a post, whom it quotes and whom it mentions (handles without the @)."""

    text: str
    quotes: list[Quote] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)


def to_text(html: str) -> str:
    """Plain text of a fragment."""
    return to_plain(html).text


def to_plain(html: str, handles: Mapping[str, str] = _NO_HANDLES, mark_quotes: bool = False) -> PlainText:
    """Plain text of a fragment and the quotes in it. Broken markup gives what can be read of it; never raises.

    ``handles`` maps a profile link to the full handle, so that a mention reads ``@name@host`` where the page shows
    ``@name`` alone. ``mark_quotes`` puts ``> `` before the lines of a blockquote, where that means another's words.
    """
    html = _CONTROL.sub("", html)
    if not _SIMPLE.search(html):
        return PlainText(_tidy(unescape(_BREAKS.sub("\n", html))))
    try:
        root = lxml_html.fragment_fromstring(html, create_parent="div")
    except (etree.LxmlError, ValueError):
        return PlainText(_tidy(unescape(re.sub(r"<[^>]*>", " ", html))))
    return plain_of(root, handles, mark_quotes)


def plain_of(
    root: etree._Element, handles: Mapping[str, str] = _NO_HANDLES, mark_quotes: bool = False
) -> PlainText:
    """The same of an element that is parsed already."""
    reader = _Reader(handles, mark_quotes)
    reader.walk(root, 0)
    return PlainText(_tidy("".join(reader.parts)), reader.quotes, reader.mentions)


def mark_quote(node: etree._Element, username: str | None, post_id: str | None) -> None:
    """Make an element that quotes another post a quote as it is read here."""
    aside = etree.Element("aside", {"class": "quote"})
    for key, value in (("data-username", username), ("data-post-id", post_id)):
        if value:
            aside.set(key, value)
    aside.tail, node.tail = node.tail, None
    node.getparent().replace(node, aside)
    node.tag = "blockquote"
    aside.append(node)


def _tidy(text: str) -> str:
    return _LINES.sub("\n", _BLANKS.sub(" ", text.replace("\r", "\n"))).strip()


@dataclass(slots=True)
class _Reader:
    """Collects the text of an element tree in document order."""

    handles: Mapping[str, str]
    mark_quotes: bool = False
    parts: list[str] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)

    def walk(self, node: etree._Element, depth: int) -> None:
        tag = node.tag
        classes = (node.get("class") or "").split() if isinstance(tag, str) else []
        if not isinstance(tag, str) or tag in _SKIPPED or depth > _DEEPEST or _UNSAID & set(classes):
            pass
        elif tag == "aside" and "quote" in classes:
            self._quote(node, depth)
        elif not _PREVIEWS.isdisjoint(classes):
            self.parts.append(f"\n{_address(node)}\n")
        elif tag == "blockquote" and self.mark_quotes:
            self.parts.append(f"\n> {self._quoted([node], depth)}\n")
        elif tag == "a" and _MENTIONS & set(classes):
            self.parts.append(self._mention(node))
        elif tag == "img":
            self.parts.append(_picture(node, classes))
        else:
            self._inside(node, depth, tag in _BLOCKS)
            if "ellipsis" in classes:
                self.parts.append("…")
            elif tag in ("td", "th"):
                self.parts.append(" ")
        if node.tail and depth:
            self.parts.append(node.tail)

    def _inside(self, node: etree._Element, depth: int, block: bool) -> None:
        if block:
            self.parts.append("\n")
        if node.text:
            self.parts.append(node.text)
        for child in node:
            self.walk(child, depth + 1)
        if block:
            self.parts.append("\n")

    def _mention(self, node: etree._Element) -> str:
        shown = "".join(node.itertext()).strip()
        if shown.startswith("#"):
            return shown
        name = self.handles.get(node.get("href") or "") or shown.removeprefix("@")
        if not name:
            return ""
        self.mentions.append(name)
        return f"@{name}"

    def _quote(self, node: etree._Element, depth: int) -> None:
        """``> @name: quoted text`` on its own lines: quoted words are another person's."""
        quoted = self._quoted([child for child in node if child.tag == "blockquote"], depth)
        username = (node.get("data-username") or "").strip()
        post_id = node.get("data-post-id")
        if username or post_id:
            quote = Quote(username, _number(node.get("data-post")), node.get("data-topic"), post_id)
            self.quotes.append(quote)
        self.parts.append(f"\n> @{username}: {quoted}\n" if username else f"\n> {quoted}\n")

    def _quoted(self, blocks: list[etree._Element], depth: int) -> str:
        """Their text, every line after the first marked; whom it mentions, the author of the post does not."""
        inner = _Reader(self.handles, self.mark_quotes, quotes=self.quotes)
        for block in blocks:
            inner._inside(block, depth + 1, True)
        return _tidy("".join(inner.parts)).replace("\n", "\n> ")


def _address(preview: etree._Element) -> str:
    """Where a link leads that the forum shows a preview of."""
    link = preview if preview.tag == "a" else next(preview.iter("a"), None)
    said = preview.get("data-onebox-src") or preview.get("data-url")
    return said or (link.get("href") if link is not None else None) or ""


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def _picture(node: etree._Element, classes: list[str]) -> str:
    """Emoji are drawn as pictures in both markups; their name is the text."""
    name = node.get("alt") or node.get("title") or ""
    return name if {"emoji", "emojione", "custom-emoji"} & set(classes) else ""

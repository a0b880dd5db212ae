"""An HTML page as its parser needs it: decoded, whole, allowed to be kept, its links made absolute within the host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

from crawlers.protocols.charset import decode
from crawlers.protocols.page import AGENT, NOT_KEPT, BadPage, NoIndex

_DIRT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page. ``nofollow``: the page asks that its links be left alone."""

    root: etree._Element
    url: str
    base: str
    nofollow: bool = False

    def find(self, xpath: etree.XPath, node: etree._Element | None = None) -> list[Any]:
        """What an XPath finds in the page or below a node."""
        found = xpath(self.root if node is None else node)
        return found if isinstance(found, list) else [found]

    def first(self, xpath: etree.XPath, node: etree._Element | None = None) -> Any | None:
        """The first that an XPath finds."""
        found = self.find(xpath, node)
        return found[0] if found else None

    def link(self, href: str | None) -> str | None:
        """A link of the page as an absolute address without its fragment; None where it leaves the host."""
        if not href or href.startswith(("#", "javascript:")):
            return None
        try:
            address = urldefrag(urljoin(self.base, href.strip())).url
            there, here = urlsplit(address), urlsplit(self.url)
            _ = there.port
        except ValueError:
            return None
        if there.netloc.lower() != here.netloc.lower() or there.scheme not in ("http", "https"):
            return None
        return there._replace(scheme=here.scheme, netloc=here.netloc).geturl()

    def follow(self, node: etree._Element | None) -> str | None:
        """Where an ``<a>`` leads, unless it or the page asks that it be not followed."""
        if node is None or self.nofollow or "nofollow" in (node.get("rel") or "").lower().split():
            return None
        return self.link(node.get("href"))


def load_document(body: bytes, url: str, content_type: str = "", end: str = "</html>") -> Document:
    """Parse a page. Raises NoIndex where it asks not to be kept, BadPage where it is no HTML or lacks its ``end``."""
    kind = content_type.split(";")[0].strip().lower()
    if kind and "html" not in kind and kind != "text/plain":
        raise BadPage(f"HTML was expected, the answer says it is {kind[:60]}")
    text = _DECLARATION.sub("", _DIRT.sub("", decode(body, content_type)), count=1)
    if not text.strip():
        raise BadPage("the body is empty")
    if "<" not in text[:2000]:
        raise BadPage("HTML was expected, this is something else")
    if end and end.lower() not in text[-4000:].lower():
        raise BadPage("the page is cut off")
    try:
        root = lxml_html.document_fromstring(text, parser=lxml_html.HTMLParser(huge_tree=True))
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise BadPage(f"the HTML can't be read: {str(error)[:100]}") from None
    said = set(_robots(root))
    if said & NOT_KEPT:
        raise NoIndex("the page says noindex in its meta robots")
    return Document(root, url, _base(root, url), bool(said & {"nofollow", "none"}))


def text_of(node: Any) -> str:
    """The text of an element, or a string as it is; blanks joined."""
    if node is None:
        return ""
    text = node if isinstance(node, str) else "".join(node.itertext(etree.Element))
    return _BLANKS.sub(" ", text).strip()


def inner_html(node: etree._Element) -> str:
    """An element as markup."""
    return str(etree.tostring(node, encoding="unicode", method="html", with_tail=False))


def _robots(root: etree._Element) -> Iterator[str]:
    for meta in root.iter("meta"):
        if (meta.get("name") or "").strip().lower() in ("robots", AGENT):
            yield from re.split(r"[\s,]+", (meta.get("content") or "").lower())


def _base(root: etree._Element, url: str) -> str:
    """What relative links are relative to: ``<base href>``, where it is of the same host."""
    href = next((base.get("href") for base in root.iter("base")), None)
    if not href:
        return url
    try:
        base = urljoin(url, href)
        return base if urlsplit(base).netloc.lower() == urlsplit(url).netloc.lower() else url
    except ValueError:
        return url

"""XML that others wrote, read without risk: no DTD, no entities but characters, no network, no depth without end."""

from __future__ import annotations

import re
from html.entities import html5

from lxml import etree  # type: ignore[import-untyped]

from crawlers.protocols.charset import decode
from crawlers.protocols.page import BadPage

_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]*\?>", re.IGNORECASE)
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_RSS_DTD = re.compile(
    r"""<!DOCTYPE\s+(?:rss|rdf:RDF)\s+(?:SYSTEM|PUBLIC\s+(?:"[^"]*"|'[^']*'))\s+(?:"https?:[^"]*"|'https?:[^']*')\s*>""",
    re.IGNORECASE,
)  # RSS 0.91 and 0.90 name a DTD that lies elsewhere; it is not fetched, and its entities are those of HTML
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(
    r"<!\[CDATA\[.*?\]\]>|&(?:#(\d{1,9}|[xX][0-9a-fA-F]{1,8});|([A-Za-z][A-Za-z0-9]{1,30});)?", re.DOTALL
)
_OWN = frozenset(("amp", "lt", "gt", "quot", "apos"))
_LIMITS = ("Excessive depth", "Resource limit", "huge text node")


def load_xml(body: bytes, content_type: str = "") -> etree._Element:
    """The root element. Raises BadPage where the body is no XML, is cut off, or brings a DTD.

    Entities of HTML, bare ampersands and characters that XML does not allow are mended, since feeds are full of them.
    """
    text = _ILLEGAL.sub("", decode(body, content_type))
    text = _DECLARATION.sub("", text, count=1)
    begin = _PROLOG.match(text).end()  # type: ignore[union-attr]
    if named := _RSS_DTD.match(text, begin):
        begin = _PROLOG.match(text, named.end()).end()  # type: ignore[union-attr]
    start = text[begin:][:64].lower()
    if not start:
        raise BadPage("the body is empty" if not text.strip() else "the XML is cut off")
    if start.startswith(("<!doctype html", "<html")):
        raise BadPage("HTML where XML was expected")
    if start.startswith("<!"):
        raise BadPage("the XML brings a DTD, which is not read")
    if not start.startswith("<"):
        raise BadPage("not XML")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        return etree.fromstring(_REFERENCE.sub(_mended, text[begin:]).encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise BadPage(_reason(error)) from None


def _mended(match: re.Match[str]) -> str:
    """A reference that XML knows, as it is; HTML's as its characters; a bare ampersand as one."""
    number, name = match.groups()
    if match[0].startswith("<"):
        return match[0]
    if number is not None:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        legal = code < 0x110000 and not _ILLEGAL.match(chr(code))
        return match[0] if legal else ""
    if name in _OWN:
        return match[0]
    if name is not None and f"{name};" in html5:
        return html5[f"{name};"].replace("&", "&amp;").replace("<", "&lt;")
    return "&amp;" + match[0][1:]


def _reason(error: etree.XMLSyntaxError) -> str:
    said = str(error.msg or "")
    if any(word in said for word in _LIMITS):
        return "the XML is nested too deep or holds a text that is too long"
    if error.code in (etree.ErrorTypes.ERR_TAG_NOT_FINISHED, etree.ErrorTypes.ERR_DOCUMENT_END) or any(
        word in said
        for word in ("Premature end", "not finished", "Couldn't find end", "EndTag: '</' not found")
    ):
        return "the XML is cut off"
    return f"not well-formed XML: {said.split(', line ')[0][:150]}"

"""One selector of a forum file, compiled: CSS (with ``::text`` and ``::attr(name)``) or ``xpath:…``, and a pattern.

A list of selectors stands for the first of them that finds something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from parsel.csstranslator import HTMLTranslator

from crawlers.protocols.document import text_of

_XPATH = "xpath:"
_KEYS = {"select", "match"}


@dataclass(frozen=True, slots=True)
class Find:
    """Finds elements or strings below an element; ``match`` cuts its first group out of a value."""

    xpaths: tuple[etree.XPath, ...]
    match: re.Pattern[str] | None = None

    def nodes(self, node: etree._Element) -> list[etree._Element]:
        """The elements that it finds."""
        return [one for one in self._all(node) if isinstance(one, etree._Element)]

    def values(self, node: etree._Element) -> Iterator[str]:
        """What it finds as text; a value that does not match is none."""
        for one in self._all(node):
            text = text_of(one)
            if self.match is not None:
                found = self.match.search(text)
                text = (found[1] or "").strip() if found else ""
            if text:
                yield text

    def value(self, node: etree._Element) -> str | None:
        """The first of them."""
        return next(self.values(node), None)

    def _all(self, node: etree._Element) -> list[Any]:
        for xpath in self.xpaths:
            found = xpath(node)
            if found:
                return found if isinstance(found, list) else [found]
        return []


def compile_find(written: object) -> Find:
    """Compile ``"css"``, ``"xpath:…"``, a list of them, or ``{select = …, match = "pattern with a (group)"}``.

    Raises ValueError.
    """
    if isinstance(written, dict):
        if unknown := sorted(set(written) - _KEYS):
            raise ValueError(f"it has no part {unknown[0]!r}, only select and match")
        match = _pattern(written["match"]) if "match" in written else None
        return Find(_xpaths(written.get("select")), match)
    return Find(_xpaths(written))


def compile_pattern(written: object) -> re.Pattern[str]:
    """Compile a pattern that has a group. Raises ValueError."""
    return _pattern(written)


def _xpaths(written: object) -> tuple[etree.XPath, ...]:
    return tuple(map(_xpath, written if isinstance(written, list) and written else [written]))


def _xpath(written: object) -> etree.XPath:
    if not isinstance(written, str) or not written.strip():
        raise ValueError('a selector is text, such as "a.title" or "xpath:.//a[@class=\'title\']"')
    if written.startswith(_XPATH):
        path = written.removeprefix(_XPATH).strip()
    else:
        try:
            path = HTMLTranslator().css_to_xpath(written)
        except Exception as error:  # cssselect raises several kinds, all of them about the selector
            raise ValueError(f"{written!r} is no CSS selector: {error}") from None
    try:
        compiled = etree.XPath(path)
        found = compiled(etree.Element("div"))
    except etree.XPathError as error:
        raise ValueError(f"{path!r} is no XPath: {error}") from None
    if not isinstance(found, (list, str)):
        raise ValueError(f"{path!r} finds neither elements nor text")
    return compiled


def _pattern(written: object) -> re.Pattern[str]:
    if not isinstance(written, str):
        raise ValueError("a pattern is text")
    try:
        pattern = re.compile(written)
    except re.error as error:
        raise ValueError(f"{written!r} is no pattern: {error}") from None
    if pattern.groups < 1:
        raise ValueError(f"{written!r} has no (group) for the part that is meant")
    return pattern

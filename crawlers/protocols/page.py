"""What a parser gives back: rows, the requests that follow, and counts; or the reason the page is unusable."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from lake.raw import RawRows
from privacy.redact import redact

AGENT = "renqun"  # the name by which a source may speak to us alone
NOT_KEPT = frozenset({"noindex", "none"})  # the directives for robots that forbid us to keep a page
_NAMING = re.compile(r"\w+://[^\s>\"']+|[@＠][\w.-]+")


@dataclass(slots=True)
class Ask:
    """A request that a page leads to.

    ``kind`` names the parser that will read the answer, ``meta`` holds what that parser needs beside the body (JSON
    values only, since it is kept in the frontier), and a larger ``priority`` goes first. ``remember`` is a key and a
    value that the frontier keeps once the answer is in the lake, so that a later crawl can skip what has not changed.
    """

    url: str
    kind: str
    meta: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    remember: tuple[str, str] | None = None


@dataclass(slots=True)
class RawPage:
    """One page's yield."""

    rows: RawRows
    next: list[Ask] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def quoted(words: str, most: int = 100) -> str:
    """The first ``most`` characters of what a source says, as a reason may quote it.

    Reasons are shown to all, so addresses, @names and contact data are left out.
    """
    return redact(_NAMING.sub("…", words))[:most]


class BadPage(Exception):
    """The whole body is unusable; ``reason`` says why in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotShown(Exception):
    """The source says in words that it does not show this page to us; ``gone``: because there is no such page."""

    def __init__(self, reason: str, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.gone = gone


class NoIndex(Exception):
    """The page itself asks not to be kept (a meta ``noindex`` or its like); the text says where it does."""

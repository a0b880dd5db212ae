"""The page behind a page: lists that repeat themselves, or never end, are read no further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from crawlers.protocols.fields import drop_absent
from crawlers.protocols.page import Ask, RawPage

LONGEST = 10_000  # pages of one board or topic; beyond, paging is taken for endless
LONGEST_LIST = (
    1_000_000  # of one timeline or list of an API: millions of posts of a large server lie behind one another
)


def next_page(
    page: RawPage,
    ask: Ask,
    items: Sequence[str | None],
    meta: Mapping[str, Any],
    carried: Mapping[str, Any],
    *,
    most: int = LONGEST,
    repeats: bool = False,
) -> None:
    """Ask for the page that follows, unless this one shows what the one before it showed, or paging never ends.

    ``ask`` is the page that follows, ``items`` are the ids on this one, ``meta`` is what the ask for this one carried
    and ``carried`` what the next must. ``repeats``: the source shows its last page again as the one behind it, which is
    then no fault of its.
    """
    number = meta.get("page")
    number = number if isinstance(number, int) and number > 0 else 1
    listed = shown_on(items)
    ask.meta = drop_absent({**carried, "before": listed, "page": number + 1})
    if not items:
        page.counts["paging/ended"] = 1
    elif listed == meta.get("before"):
        page.counts["paging/ended"] = 1
        if not repeats:
            _left(page, ask, "the page repeats the one before it: the list is read no further")
    elif number >= most:
        page.counts["paging/endless"] = 1
        _left(page, ask, f"paging goes on beyond {most} pages: the list is read no further")
    else:
        page.next.append(ask)


def shown_on(items: Sequence[str | None]) -> str:
    """The same for pages that show the same items in the same order: short, since every ask carries that of the page before."""
    ids = "\n".join(item or "" for item in items)
    return blake2b(ids.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _left(page: RawPage, ask: Ask, reason: str) -> None:
    """Keep the ask that is not made: put back by ``renqun rejects retry``, it goes on for as many pages."""
    ask.meta = {key: value for key, value in ask.meta.items() if key != "page"}
    page.rows.rejects.append({"table": "pages", "reason": reason, "row": asdict(ask)})

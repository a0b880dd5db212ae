"""Saved answers of a Mastodon-compatible server: statuses, accounts and trends, as the API gave them.

A file holds an array (one page of a timeline, or many joined), one object, a search result, or one object a line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from crawlers.importers.base import Options, Part
from crawlers.importers.folders import FolderImporter, Seen
from crawlers.importers.json_files import read_items, read_object, shape_of
from crawlers.protocols.mastodon import read_accounts, read_statuses, read_trends
from crawlers.protocols.page import RawPage

_BATCH = 1_000
_KEYS = {
    "statuses": frozenset(("account", "content", "created_at", "uri")),
    "accounts": frozenset(("acct", "username", "display_name")),
    "trends": frozenset(("name", "history")),
}
_SEARCH = frozenset(("accounts", "statuses", "hashtags"))
_READERS: dict[str, tuple[str, Callable[[list[Any]], RawPage]]] = {
    "accounts": ("accounts", read_accounts),
    "statuses": ("posts", read_statuses),
    "trends": ("keywords", read_trends),
}


class MastodonFiles(FolderImporter):
    """JSON files of the Mastodon API."""

    name = "mastodon"
    kinds = ("accounts", "statuses", "trends", "search")

    def kind_of(self, path: Path) -> str | None:
        """Told by the keys of the first object."""
        if not {".json", ".jsonl", ".ndjson"} & set(path.suffixes):
            return None
        shape = shape_of(path)
        if shape.kind == "object" and shape.keys >= _SEARCH:
            return "search"
        return next((kind for kind, keys in _KEYS.items() if shape.keys >= keys), None)

    def read_file(self, path: Path, kind: str, options: Options, seen: Seen) -> Iterator[Part]:
        """One file, a batch of objects at a time, by the parsers of the API."""
        if shape_of(path).kind == "object" and kind != "search":
            yield Part(_READERS[kind][1]([read_object(path)]).rows)
            return
        for what in ("accounts", "statuses") if kind == "search" else (kind,):
            table, reader = _READERS[what]
            for found in read_items(path, table, what if kind == "search" else "", _BATCH):
                rows = reader(found.items).rows
                rows.rejects += found.rejects
                yield Part(rows, found.broke_off)

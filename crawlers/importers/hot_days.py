"""Hot lists by day, as public archives keep them: ``raw/YYYY-MM-DD.json``, an array in the order of the list.

Weibo's entries are ``{"title", "url"}`` with the place in the address (``band_rank``), Zhihu's ``{"query_display",
"real_query"}`` (what is searched) or ``{"title", "url"}`` (questions). Days are of the policy entry's zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from crawlers.importers.base import Importer, Options, Part
from crawlers.importers.blocks import read_blocks
from crawlers.importers.json_files import read_items, shape_of
from crawlers.protocols.hotlist import read_hotlist
from lake.frames import KEYWORDS, RawFrames
from privacy.errors import BadInputError

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.json(?:\.gz)?", re.IGNORECASE)
_LOOKED_AT = 4096
_COLUMNS = ("term", "at", "grain", "rank", "volume", "category", "advert")


class HotDays(Importer):
    """The file of a day, or a folder of them, or the folder above it. Whose lists they are, a subclass says."""

    kind = "hotlist"
    snapshots = True

    def recognises(self, path: Path) -> bool:
        """Told by the names of files and their first entries."""
        return any(_name_of(file) == self.name for file in _files(path))

    def read(self, path: Path, options: Options) -> Iterator[Part]:
        """One keyword row an entry and day."""
        skipped = []
        for file in _files(path):
            if _name_of(file) != self.name:
                skipped.append(file.name)
                continue
            try:
                local = datetime.strptime(file.name[:10], "%Y-%m-%d").replace(
                    tzinfo=ZoneInfo(options.timezone)
                )
                at = local.astimezone(UTC)
            except (ValueError, OverflowError):
                yield Part(RawFrames(), broke_off=f"{file.name} is named after no day")
                continue
            place = 1
            for found in read_items(file, "keywords"):
                rows = read_hotlist(found.items, at=at, grain="day", place=place)
                place += len(found.items)
                schema = {name: KEYWORDS[name] for name in _COLUMNS}
                frame = pl.DataFrame([dict(row) for row in rows.keywords], schema=schema)
                yield Part(RawFrames(keywords=frame, rejects=found.rejects + rows.rejects), found.broke_off)
        if skipped:
            yield Part(RawFrames(), skipped=tuple(skipped))


class WeiboDays(HotDays):
    """Days of Weibo's hot search."""

    name = "weibo-hot"


class ZhihuDays(HotDays):
    """Days of what is searched or asked most on Zhihu."""

    name = "zhihu-hot"


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(
        file for folder in (path, path / "raw") for file in folder.glob("*.json*") if file.is_file()
    )


def _name_of(file: Path) -> str | None:
    """Which importer's a file is."""
    if not _NAME.fullmatch(file.name):
        return None
    shape = shape_of(file)
    if shape.kind != "array":
        return None
    if "query_display" in shape.keys:
        return ZhihuDays.name
    if not shape.keys >= {"title", "url"}:
        return None
    try:
        head = next(read_blocks(file, _LOOKED_AT)).data
    except BadInputError:
        return None
    return ZhihuDays.name if b"zhihu.com" in head else WeiboDays.name if b"weibo" in head else None

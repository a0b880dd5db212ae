"""Zhihu's hot questions day by day: ``questions.jsonl.gz`` (date, rank, question_id, title, excerpt, heat, answer_count).

A day is one in Shanghai; every day of the file is a snapshot. Importing again replaces rows, it adds none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from crawlers.importers.base import Importer, Options, Part
from crawlers.importers.hot_days import ZhihuDays
from crawlers.importers.json_files import read_items, shape_of, text_frame
from crawlers.importers.values import Values, counts
from lake.frames import RawFrames
from lake.raw import RawReject
from privacy.errors import BadInputError
from privacy.policies import Policy

_KEYS = ("date", "rank", "question_id", "title", "excerpt", "heat")
_FILE = "questions.jsonl"

DEFAULT_POLICY = Policy(
    source="zhihu-hot",
    base_url="https://github.com/lonnyzhang423/zhihu-hot-hub",
    kind="keywords",
    licence_url="https://github.com/lonnyzhang423/zhihu-hot-hub/blob/main/LICENSE",
    legal_basis="Published archive of a public ranking of questions (MIT licence); it holds no account data.",
    fields=("keywords.*",),
    retention_days=3650,
    timezone="Asia/Shanghai",
)


class ZhihuHot(Importer):
    """The file, or the folder that holds it; files of days are read by ``ZhihuDays``."""

    name = "zhihu-hot"
    policy = DEFAULT_POLICY
    snapshots = True

    def recognises(self, path: Path) -> bool:
        """Told by the keys of the first line, or of the first entry of a day."""
        return _is_whole(path) or ZhihuDays().recognises(path)

    def split(self, path: Path) -> Sequence[Importer]:
        """Whoever reads what is there."""
        days = ZhihuDays()
        return [days] if not _is_whole(path) and days.recognises(path) else [self]

    def read(self, path: Path, options: Options) -> Iterator[Part]:
        """One keyword row a question and day."""
        file = _file(path)
        if file is None:
            raise BadInputError(f"{path} lacks {_FILE}.gz.")
        for found in read_items(file, "keywords", batch=20_000):
            rows = _keywords(text_frame(found.items, _KEYS), options.timezone)
            bad = rows.filter(pl.col("why").is_not_null()).select("place", "why")
            rejects: list[RawReject] = [
                {"table": "keywords", "reason": why, "row": {"item": found.items[place]}}
                for place, why in bad.iter_rows()
            ]
            good = rows.filter(pl.col("why").is_null()).drop("place", "why")
            yield Part(RawFrames(keywords=good, rejects=found.rejects + rejects), found.broke_off)


def _is_whole(path: Path) -> bool:
    file = _file(path)
    return file is not None and shape_of(file).keys >= set(_KEYS)


def _file(path: Path) -> Path | None:
    if path.is_dir():
        return next((file for file in (path / f"{_FILE}.gz", path / _FILE) if file.is_file()), None)
    return path if {".jsonl", ".ndjson"} & set(path.suffixes) else None


def _keywords(rows: pl.DataFrame, zone: str) -> pl.DataFrame:
    values = Values(rows)
    heat = counts(values.text("heat").str.replace(r"\s*热度\s*$", "").str.replace_all(r"\s", ""))
    made = pl.DataFrame(
        [
            values.text("title").str.strip_chars().alias("term"),
            values.moment(zone, "date").alias("at"),
            values.text("rank").cast(pl.Int32, strict=False).alias("rank"),
            heat.cast(pl.Float64).alias("volume"),
            values.text("excerpt").alias("description"),
            (values.text("heat") == "广告").alias("advert"),
        ]
    ).with_columns(pl.lit("day").alias("grain"))
    why = (
        pl.when(pl.col("term").is_null() | (pl.col("term") == ""))
        .then(pl.lit("the question has no title"))
        .when(pl.col("at").is_null())
        .then(pl.lit("the date can't be read"))
        .when(pl.col("rank").is_null())
        .then(pl.lit("the rank is no number"))
    )
    return made.with_columns(why.alias("why")).with_row_index("place")

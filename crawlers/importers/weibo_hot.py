"""Hourly snapshots of Weibo's hot search: ``hourly.tsv.gz`` (hour, rank, topic_id, hot, ads) and ``topics.jsonl.gz``.

Hours are Asia/Shanghai. Every snapshot becomes one ``runs`` row, so that an hour without a snapshot shows as a gap in
collection and not as a drop in interest. Importing again replaces rows, it adds none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from crawlers.importers.base import Importer, Options, Part
from crawlers.importers.hot_days import WeiboDays
from crawlers.importers.lines import read_lines
from lake.frames import RawFrames
from lake.raw import RawReject
from privacy.errors import BadInputError
from privacy.policies import Policy

_COLUMNS = ("hour", "rank", "topic_id", "hot", "ads")
_TOPIC_SCHEMA = {
    "topic_id": pl.String,
    "term": pl.String,
    "category": pl.String,
    "description": pl.String,
    "reads": pl.Int64,
    "discussions": pl.Int64,
    "originals": pl.Int64,
}
_COUNTS = {"reads": "readCount", "discussions": "discussCount", "originals": "origin"}
_CHUNK_LINES = 250_000

DEFAULT_POLICY = Policy(
    source="weibo-hot",
    base_url="https://github.com/lxw15337674/weibo-trending-hot-history",
    kind="keywords",
    licence_url="https://github.com/lxw15337674/weibo-trending-hot-history/blob/main/LICENSE",
    legal_basis="Published archive of a public ranking of search terms (MIT licence); it holds no account data.",
    fields=("keywords.*",),
    retention_days=3650,
    timezone="Asia/Shanghai",
)


class WeiboHot(Importer):
    """A folder with both files; files of days are read by ``WeiboDays``."""

    name = "weibo-hot"
    policy = DEFAULT_POLICY
    snapshots = True

    def recognises(self, path: Path) -> bool:
        """Whether ``path`` is a folder with both files, or holds days."""
        return _has_both(path) or WeiboDays().recognises(path)

    def split(self, path: Path) -> Sequence[Importer]:
        """Whoever reads what is there."""
        days = WeiboDays()
        return [days] if not _has_both(path) and days.recognises(path) else [self]

    def read(self, path: Path, options: Options) -> Iterator[Part]:
        """The keywords of the ranking, chunk by chunk."""
        hourly, topics_file = _file(path, "hourly.tsv"), _file(path, "topics.jsonl")
        if hourly is None or topics_file is None:
            raise BadInputError(f"{path} lacks hourly.tsv.gz or topics.jsonl.gz.")
        topics, rejects, broke_off = _topics(topics_file)
        yield Part(RawFrames(rejects=rejects), broke_off)
        header: list[str] | None = None
        for lines in read_lines(hourly):
            texts = lines.texts
            if header is None and texts:
                header, texts = texts[0].split("\t"), texts[1:]
                if missing := [name for name in _COLUMNS if name not in header]:
                    raise BadInputError(f"{hourly.name} has no column {', '.join(missing)}.")
            rows = RawFrames(rejects=[_reject(reason, text) for reason, text in lines.bad])
            if header is not None:
                rows.keywords, more = _frame(texts, header, topics, options.timezone)
                rows.rejects += more
            yield Part(rows, lines.broke_off)


def _has_both(path: Path) -> bool:
    return path.is_dir() and _file(path, "hourly.tsv") is not None and _file(path, "topics.jsonl") is not None


def _file(path: Path, name: str) -> Path | None:
    return next((file for file in (path / f"{name}.gz", path / name) if file.is_file()), None)


def _reject(reason: str, text: str) -> RawReject:
    return {"table": "keywords", "reason": reason, "row": text}


def _topics(path: Path) -> tuple[pl.DataFrame, list[RawReject], str]:
    """Topic id to title, category, description and counts; the lines that are no topic."""
    columns: dict[str, list[Any]] = {name: [] for name in _TOPIC_SCHEMA}
    rejects: list[RawReject] = []
    broke_off = ""
    for lines in read_lines(path):
        broke_off = broke_off or lines.broke_off
        rejects += [_reject(reason, text) for reason, text in lines.bad]
        for text in lines.texts:
            try:
                topic = orjson.loads(text)
                number, title = topic["topic_id"], topic["title"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                rejects.append(_reject("the line is no topic with id and title", text))
                continue
            columns["topic_id"].append(str(number))
            columns["term"].append(title if isinstance(title, str) else None)
            columns["category"].append(_text(topic.get("category")))
            columns["description"].append(_text(topic.get("description")))
            for name, key in _COUNTS.items():
                columns[name].append(_count(topic.get(key)))
    return pl.DataFrame(columns, schema=_TOPIC_SCHEMA).unique("topic_id", keep="last"), rejects, broke_off


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    """A count; the archive writes 0 where it saw none."""
    return value if type(value) is int and 0 < value < 2**63 else None


def _frame(
    texts: list[str], header: list[str], topics: pl.DataFrame, timezone: str
) -> tuple[pl.DataFrame, list[RawReject]]:
    """Keyword rows of some lines, and the lines that are none."""
    split = pl.col("line").str.split("\t")
    lines = pl.DataFrame({"line": texts}, schema={"line": pl.String})
    cells = lines.with_columns(split.alias("cells")).with_columns(
        [pl.col("cells").list.get(header.index(name), null_on_oob=True).alias(name) for name in _COLUMNS]
    )
    rows = cells.join(topics, on="topic_id", how="left", maintain_order="left").with_columns(
        (pl.col("hour") + ":00")
        .str.to_datetime("%Y-%m-%dT%H:%M", strict=False, time_unit="us")
        .dt.replace_time_zone(timezone, ambiguous="null", non_existent="null")
        .dt.convert_time_zone("UTC")
        .alias("at"),
        pl.col("rank").cast(pl.Int32, strict=False),
        pl.col("hot").cast(pl.Float64, strict=False).alias("volume"),
        (pl.col("ads") == "1").alias("advert"),
    )
    reason = (
        pl.when(pl.col("cells").list.len() != len(header))
        .then(
            pl.format("the line has {} cells, the header {}", pl.col("cells").list.len(), pl.lit(len(header)))
        )
        .when(pl.col("at").is_null())
        .then(pl.lit("the hour can't be read"))
        .when(pl.col("term").is_null())
        .then(pl.lit("no topic has this topic_id"))
        .when(pl.col("volume").is_null() | pl.col("rank").is_null())
        .then(pl.lit("rank or heat is no number"))
    )
    rows = rows.with_columns(reason.alias("reason"))
    bad = rows.filter(pl.col("reason").is_not_null()).select("reason", "line")
    rejects = [_reject(why, line) for why, line in bad.iter_rows()]
    good = rows.filter(pl.col("reason").is_null())
    wanted = ["term", "at", "rank", "volume", "category", "description", "advert", *_COUNTS]
    return good.select(*wanted, pl.lit("hour").alias("grain")), rejects

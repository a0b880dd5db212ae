"""Columns of text, as files hold them, to the typed columns of raw rows; a column that the file lacks is null."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from lake.frames import MENTIONS, TIME
from lake.raw import RawReject

# As they stand before a region: "IP属地：上海", "发布于 上海", "来自上海".
_BEFORE_REGION = r"^(IP属地|IP 属地|发布于|来自)[:：\s]*"
_ROUNDED = r"^\d(\.\d+)?[Ee]\+\d+$"  # 4.9E+15: the end of the number is lost
_MANY = {"万": 1e4, "w": 1e4, "亿": 1e8, "千": 1e3, "k": 1e3}
_LOCAL = (
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y/%m/%d %H:%M"),
    *("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S"),
)
_ZONED = ("%+", "%Y-%m-%dT%H:%M:%S%z", "%a %b %d %H:%M:%S %z %Y")
_CELL = pl.col("cell")  # whatever the file names its column
_FIRST = 100_000_000  # smaller numbers are no Unix times, but a year, a day or a slip
_MILLISECONDS = 100_000_000_000  # Unix times from here on count milliseconds
_LATEST = 9_999_999_999_999  # of the year 2286 in milliseconds; longer numbers are dates: 20240305102030
_DATES = {  # forms that are brought into the usual ones
    r"^(\d{4})\s?[年.]\s?(\d{1,2})\s?[月.]\s?(\d{1,2})日?": "${1}-${2}-${3}",
    r"^(\d{4})(\d\d)(\d\d)$": "${1}-${2}-${3}",
    r"^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$": "${1}-${2}-${3} ${4}:${5}:${6}",
    r"(\d)[时点](\d\d)分?$": "${1}:${2}",
    r"(\d)[时点](\d\d)分(\d\d)秒$": "${1}:${2}:${3}",
}


Whole = pl.DataFrame | Sequence[Any]
"""The rows of a file as they stand in it, in the order of those made of them."""


class Values:
    """The columns of one frame of text."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def text(self, *names: str) -> pl.Series:
        """The first of these columns that is filled, row by row."""
        have = [self.frame[name] for name in names if name in self.frame.columns]
        if not have:
            return pl.Series(names[0], [None], pl.String).new_from_index(0, self.frame.height)
        found = have[0]
        for other in have[1:]:
            if not found.null_count():
                break
            found = found.zip_with(found.is_not_null(), other)
        return found

    def id(self, *names: str) -> pl.Series:
        """Ids without the blanks and tabs that keep spreadsheets from rounding them; a rounded one is none."""
        column = self.text(*names)
        bare = column.to_frame("cell").select(_CELL.str.strip_chars(" \t\r\n'"))
        return bare.select(_filled(~_CELL.str.contains(_ROUNDED))).to_series().alias(column.name)

    def count(self, *names: str) -> pl.Series:
        """Counts, also written ``1.2万``."""
        return counts(self.text(*names))

    def moment(self, zone: str, *names: str) -> pl.Series:
        """Times, those without a zone read in ``zone``."""
        return moments(self.text(*names), zone)

    def listed(self, *names: str) -> pl.Series:
        """Comma-joined lists."""
        column = self.text(*names)
        if column.null_count() == len(column):
            return pl.Series(names[0], [None], pl.List(pl.String)).new_from_index(0, len(column))
        return column.str.split(",")

    def mentions(self, *names: str) -> pl.Series:
        """Comma-joined nicknames as mentioned accounts: which account has the nickname is the gate's to find."""
        column = self.text(*names)
        if column.null_count() == len(column):
            return pl.Series(names[0], [None], MENTIONS).new_from_index(0, len(column))
        handle = pl.element().str.strip_chars(" @").alias("handle")
        entry = pl.struct(pl.lit(None, pl.String).alias("native_id"), handle)
        return column.str.split(",").to_frame("m").select(pl.col("m").list.eval(entry).cast(MENTIONS))["m"]

    def region(self, *names: str) -> pl.Series:
        """Places, without the words before them that the platform writes."""
        column = self.text(*names)
        bare = column.to_frame("cell").select(_CELL.str.replace(_BEFORE_REGION, "").str.strip_chars())
        return bare.select(_filled()).to_series().alias(column.name)

    def flag(self, *names: str) -> pl.Series:
        """Yes or no, as programs and people write it."""
        said = self.text(*names).str.to_lowercase().str.strip_chars().to_frame("said")
        yes, no = ["true", "1", "是", "yes"], ["false", "0", "否", "no"]
        answer = pl.when(pl.col("said").is_in(yes)).then(True).when(pl.col("said").is_in(no)).then(False)
        return said.select(answer.alias("said"))["said"]


def renamed(frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """The frame under these names; a column that has one of them already is none of the format's and makes room."""
    taken = {to for name, to in names.items() if name in frame.columns and name != to}
    strange = {name: f"{name} (other)" for name in frame.columns if name in taken and name not in names}
    return frame.rename({**strange, **{name: to for name, to in names.items() if name in frame.columns}})


def counts(column: pl.Series) -> pl.Series:
    """Whole numbers from 0, also written ``1,234``, ``1.2万`` or ``10万+``; anything else is null."""
    plain = column.cast(pl.Int64, strict=False)
    if plain.null_count() == column.null_count():
        return plain
    odd = plain.is_null() & column.is_not_null()
    parts = column.filter(odd).str.strip_chars().str.to_lowercase().str.replace_all("[,，]", "")
    found = parts.to_frame("text").select(
        pl.col("text")
        .str.extract(r"^(\d{1,15}(?:\.\d+)?)\s*(?:[万w亿千k])?\+?$")
        .cast(pl.Float64)
        .alias("n"),
        pl.col("text").str.extract(r"([万w亿千k])\+?$").replace_strict(_MANY, default=1.0).alias("times"),
    )
    written = (found["n"] * found["times"]).round().cast(pl.Int64, strict=False)
    return plain.scatter(odd.arg_true(), written)


def moments(column: pl.Series, zone: str) -> pl.Series:
    """Moments in UTC: dates and times in ``zone``, times with a zone of their own, Unix seconds or milliseconds.

    Also ``2024年3月5日 10:20``, ``2024.3.5`` and ``20240305``. What is none of these is null.
    """
    texts = column.str.strip_chars()
    found = pl.Series(column.name, [None], TIME).new_from_index(0, len(column))
    readers = [
        *(("local", form) for form in _LOCAL),
        ("date", "%Y-%m-%d"),
        ("date", "%Y/%m/%d"),
        ("unix", ""),
    ]
    readers += [("zoned", form) for form in _ZONED]
    for kind, form in _fitting_first(readers, texts.drop_nulls().head(1), zone):
        read = _read(texts, kind, form, zone)
        found = found.zip_with(found.is_not_null(), read) if found.count() else read
        if found.null_count() == column.null_count():
            return found
    left = found.is_null() & texts.is_not_null()
    odd = texts.filter(left)
    usual = odd.to_frame("cell").select(_as_usual()).to_series()
    return found if (usual == odd).all() else found.scatter(left.arg_true(), moments(usual, zone))


def _as_usual() -> pl.Expr:
    cell = _CELL
    for form, usual in _DATES.items():
        cell = cell.str.replace(form, usual)
    return cell


def _fitting_first(
    readers: Sequence[tuple[str, str]], text: pl.Series, zone: str
) -> Iterator[tuple[str, str]]:
    """The readers that can read this text, then the others; tried when asked for, since the first mostly reads all."""
    others = []
    for kind, form in readers:
        if _read(text, kind, form, zone).null_count():
            others.append((kind, form))
        else:
            yield kind, form
    yield from others


def _read(texts: pl.Series, kind: str, form: str, zone: str) -> pl.Series:
    if kind == "zoned":
        return texts.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
    if kind == "unix":
        number = texts.cast(pl.Float64, strict=False)
        number = number.zip_with((number >= _FIRST).fill_null(False), number.clear(len(number)))
        milliseconds = number.zip_with(number >= _MILLISECONDS, number * 1000)
        fits = (milliseconds <= _LATEST).fill_null(False)
        stamps = (milliseconds.zip_with(fits, number.clear(len(number))) * 1000).cast(pl.Int64)
        return stamps.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    local = (
        _CELL.str.to_date(form, strict=False).cast(pl.Datetime("us"))
        if kind == "date"
        else _CELL.str.to_datetime(form, strict=False, time_unit="us")
    )
    zoned = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    read = texts.to_frame("cell").select(zoned.dt.convert_time_zone("UTC"))
    return read.to_series().alias(texts.name)


def _filled(*holds: pl.Expr) -> pl.Expr:
    return pl.when(_CELL != "", *holds).then(_CELL)


def sift(
    rows: pl.DataFrame, whole: Whole, table: str, needs: dict[str, str]
) -> tuple[pl.DataFrame, list[RawReject]]:
    """The rows that have what they need, and the others refused as the file has them.

    ``whole`` holds the file's own rows in the same order; ``needs`` is column to the reason where it is null.
    """
    lacking = {name: why for name, why in needs.items() if rows[name].null_count()}
    if not lacking:
        return rows, []
    why = pl.coalesce(pl.when(pl.col(name).is_null()).then(pl.lit(why)) for name, why in lacking.items())
    return rows.filter(pl.all_horizontal(pl.col(list(lacking)).is_not_null())), refuse(
        rows, why, whole, table
    )


def refuse(rows: pl.DataFrame, why: pl.Expr, whole: Whole, table: str) -> list[RawReject]:
    """The rows where ``why`` tells a reason, refused as the file has them; whose they are is told beside."""
    owner = {"posts": "author_native_id", "accounts": "native_id"}[table]
    bad = rows.select(pl.row_index("place"), why.alias("why"), owner).filter(pl.col("why").is_not_null())
    rejects: list[RawReject] = []
    for place, reason, who in bad.iter_rows():
        line = _row(whole, place)
        rejects.append({"table": table, "reason": reason, "row": {owner: who, **line} if who else line})
    return rejects


def _row(whole: Whole, place: int) -> dict[str, Any]:
    if isinstance(whole, pl.DataFrame):
        return {name: cell for name, cell in whole.row(place, named=True).items() if cell is not None}
    return {"item": whole[place]}

"""Synthetic profiles: 30 tag-level terms, 30 other terms and 100 words of recent text each, some frequent and most rare.

Values follow a law of Zipf and are drawn independently, so that conditions and their combinations find from a few of a
million people to most of them. No value is in the taxonomy or the lists of sensitive matters: every term stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from audience.index.people import COLUMNS

PEOPLE, QUICK_PEOPLE = 1_000_000, 100_000
AS_OF = datetime(2026, 8, 1, tzinfo=UTC)
WORDS = 100
# Together 30: an interest of level 3 is found by three terms.
LEVELS = (7, 6, 5, 4, 3, 2, 2, 1)
_CHUNK = 50_000
_VOCABULARY = 20_000
_SEED = 11
_REGIONS = (
    *("北京", "上海", "广东", "江苏", "浙江", "四川", "湖北", "湖南", "山东", "河南", "福建", "安徽", "陕西"),
    *("重庆", "辽宁", "天津", "江西", "河北", "广西", "云南", "山西", "吉林", "贵州", "海南", "甘肃"),
)
# Single values of a profile, each with the exponent of its law: 11 terms.
_SINGLE: dict[str, tuple[tuple[str, ...], float]] = {
    "source": (("weibo", "bilibili", "forum", "mastodon"), 1.0),
    "kind": (("person", "organisation", "media", "brand"), 3.0),
    "region": (_REGIONS, 0.7),
    "community": (tuple(f"社群{i:03d}" for i in range(400)), 0.8),
    "activity": (("active", "quiet", "new", "gone"), 0.8),
    "customer": (("potential", "current", "dormant", "lost"), 1.5),
    "value": (("low", "middle", "high"), 1.0),
    "gender": (("f", "m"), 0.1),
    "age_band": (("25-34", "18-24", "35-44", "45-54", "55+"), 0.7),
    "education": (("本科", "大专", "高中", "硕士", "博士"), 1.0),
    "occupation": (tuple(f"职业{i:02d}" for i in range(40)), 0.7),
}
# Lists of distinct values: how many each, of which, and the exponent: 19 terms with the brand.
_LISTS: dict[str, tuple[int, tuple[str, ...], float]] = {
    "intents": (1, ("asks", "owns", "compares", "recommends", "complains"), 0.8),
    "benefits": (1, tuple(f"看重{i:02d}" for i in range(20)), 0.8),
    "styles": (1, tuple(f"风格{i:02d}" for i in range(12)), 0.8),
    "topics": (2, tuple(f"话题{i:03d}" for i in range(150)), 0.8),
    "follows": (3, tuple(f"品牌{i:02d}" for i in range(60)), 0.9),
    "engaged": (2, tuple(f"品牌{i:02d}" for i in range(60)), 0.9),
    "terms": (4, tuple(f"特征{i:03d}" for i in range(500)), 0.8),
}
_TAGS = tuple(f"兴趣{i:03d}" for i in range(200))
_BRANDS = tuple(f"品牌{i:02d}" for i in range(60))
_HOURS = 4
_DAY = 86_400


def profiles(people: int) -> pl.DataFrame:
    """``people`` rows in the columns that ``audience.index.people.person_batches`` reads, the same ones at each call."""
    rng = np.random.default_rng(_SEED)
    words = pl.Series([f"词{i:05d}" for i in range(_VOCABULARY)])
    likely = np.cumsum(_law(_VOCABULARY, 0.8))
    return pl.concat(list(_chunks(people, rng, words, likely)))


def _chunks(
    people: int, rng: np.random.Generator, words: pl.Series, likely: NDArray[np.float64]
) -> Iterator[pl.DataFrame]:
    for first in range(0, people, _CHUNK):
        count = min(_CHUNK, people - first)
        ids = pl.select(pl.int_range(first, first + count).cast(pl.String).str.zfill(8)).to_series()
        text = np.searchsorted(likely, rng.random((count, WORDS))).clip(0, _VOCABULARY - 1)
        columns = {
            "account_id": "synthetic:" + ids,
            "person_id": "synthetic:" + ids,
            "name": "账号" + ids,
            "influence": pl.Series(rng.integers(0, 101, count)),
            "followers": pl.Series(rng.zipf(1.6, count).clip(max=10**8)),
            "tags": _tags(rng, count),
            "brands": _brands(rng, count),
            "hours": _listed(pl.Series(range(24)), _distinct(rng, count, 24, _HOURS, 0.3)),
            "words": _listed(words, text).list.join(" "),
            **{
                name: _of(values, rng.choice(len(values), count, p=_law(len(values), exponent)))
                for name, (values, exponent) in _SINGLE.items()
            },
            **{
                name: _listed(pl.Series(values), _distinct(rng, count, len(values), number, exponent))
                for name, (number, values, exponent) in _LISTS.items()
            },
        }
        active = pl.lit(AS_OF) - pl.Series(rng.integers(0, 90 * _DAY, count)) * pl.duration(seconds=1)
        yield pl.DataFrame(columns).select(
            *(
                pl.col(name).cast(kind) if name in columns else _constant(name, kind).alias(name)
                for name, kind in COLUMNS.items()
                if name != "last_active_at"
            ),
            active.cast(COLUMNS["last_active_at"]).alias("last_active_at"),
        )


def _constant(name: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
    """Everybody is public and may be listed; what else is not drawn is absent."""
    return pl.lit(True if name in ("public", "listable") else None, kind)


def _law(size: int, exponent: float) -> NDArray[np.float64]:
    weights = np.arange(1, size + 1) ** -exponent
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _of(values: tuple[str, ...], which: NDArray[np.int64]) -> pl.Series:
    return pl.Series(values).gather(which)


def _listed(values: pl.Series, which: NDArray[np.int64]) -> pl.Series:
    """Each row's values as a list."""
    return values.gather(which.ravel()).reshape(which.shape).arr.to_list()


def _distinct(
    rng: np.random.Generator, rows: int, size: int, number: int, exponent: float
) -> NDArray[np.int64]:
    """``number`` different places below ``size`` a row, drawn by the law (Efraimidis and Spirakis, 2006)."""
    keys = rng.standard_exponential((rows, size), dtype=np.float32)
    keys /= _law(size, exponent).astype(np.float32)
    return np.argpartition(keys, number - 1, axis=1)[:, :number]


def _tags(rng: np.random.Generator, rows: int) -> pl.Series:
    which = _distinct(rng, rows, len(_TAGS), len(LEVELS), 0.8)
    flat = pl.DataFrame(
        {
            "tag": pl.Series(_TAGS).gather(which.ravel()),
            "level": pl.Series(np.tile(np.array(LEVELS, dtype=np.int8), rows)),
            "evidence": pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, rows * len(LEVELS)),
        }
    )
    return flat.to_struct("tags").reshape((rows, len(LEVELS))).arr.to_list()


def _brands(rng: np.random.Generator, rows: int) -> pl.Series:
    """One brand mentioned, in a neutral mood."""
    which = rng.choice(len(_BRANDS), rows, p=_law(len(_BRANDS), 0.9))
    flat = pl.DataFrame({"brand": _of(_BRANDS, which)}).with_columns(
        posts=pl.lit(1, pl.Int32), sentiment=pl.lit(0.0, pl.Float32)
    )
    return flat.to_struct("brands").reshape((rows, 1)).arr.to_list()

"""Benefits sought and style of buying, by cues in a post: price, quality, looks …; first to try, comparing, loyal …

A cue lexicon written for this project (``families.toml``). It tells what a post weighs, whether it praises or complains:
who calls a thing too dear looks at the price as much as who calls it a bargain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from nlp.cues import Finder, read_cues

KINDS = ("benefits", "styles")
LEAST = 1.0  # weight from which a post has a family
_FILE = Path(__file__).with_name("families.toml")
_WEIGHTS = {"sure": 1.0, "weak": 0.5}


@dataclass(frozen=True)
class Cue:
    """A phrase of a post that speaks for a family: ``weight`` 1 for a sure one, 0.5 for a weak one."""

    family: str
    phrase: str
    weight: float


def names(kind: str) -> tuple[str, ...]:
    """The families of a kind (``benefits`` or ``styles``), in the file's order."""
    return tuple(read_cues(_FILE)[kind])


def families(texts: Sequence[str], kind: str) -> list[list[str]]:
    """The families of each normalised text, strongest first; an empty list for most."""
    found = (
        _weighed(texts, kind)
        .group_by("row", "family")
        .agg(pl.col("weight").sum(), pl.col("order").first())
        .filter(pl.col("weight") >= LEAST)
        .sort(["row", "weight", "order"], descending=[False, True, False])
        .group_by("row", maintain_order=True)
        .agg("family")
    )
    lists: list[list[str]] = [[] for _ in texts]
    for row, several in found.iter_rows():
        lists[row] = several
    return lists


def cues(text: str, kind: str) -> list[Cue]:
    """What in one normalised text speaks for which family: the reason that a person is shown."""
    rows = _weighed([text], kind).sort("order", "phrase")
    return [Cue(*values) for values in rows.select("family", "phrase", "weight").iter_rows()]


@cache
def phrases_of(kind: str, family: str) -> tuple[str, ...]:
    """Every phrase that speaks for a family; none for a name that is not one."""
    _, table = _lexicon(kind)
    return tuple(table.filter(pl.col("family") == family)["phrase"])


def _weighed(texts: Sequence[str], kind: str) -> pl.DataFrame:
    """row, phrase, family, weight, order: each cue of each text once."""
    finder, table = _lexicon(kind)
    return finder.found(texts).unique(["row", "phrase"]).join(table, on="phrase")


@cache
def _lexicon(kind: str) -> tuple[Finder, pl.DataFrame]:
    """A finder of all that is looked for, and the table of what counts: phrase, family, weight, order."""
    raw = read_cues(_FILE)
    rows: list[tuple[str, str, float, int]] = []
    others: set[str] = set()
    for order, (family, entry) in enumerate(raw[kind].items()):
        for part, weight in _WEIGHTS.items():
            rows += [(phrase, family, weight, order) for phrase in phrases(entry[part])]
        others |= set(phrases(entry.get("not", "")))
    denying = phrases(raw["denied"][kind])
    others |= {f"{before}{phrase}" for before in denying for phrase, *_ in rows}
    table = pl.DataFrame(
        rows,
        schema={"phrase": pl.String, "family": pl.String, "weight": pl.Float64, "order": pl.Int64},
        orient="row",
    ).unique(["phrase", "family"], keep="first", maintain_order=True)
    known = set(table["phrase"])
    return Finder(known | others), table.filter(~pl.col("phrase").is_in(sorted(others - known)))


def phrases(text: str) -> list[str]:
    """The phrases of an entry, split by spaces."""
    return [word.replace("_", " ") for word in text.lower().split()]

"""What each engine is asked for, and how SQL engines see the same people: as terms, and as rows of facet values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from audience.query.model import AudienceQuery, Condition, Interest, Named, Words

FACETS = ("tag", "region", "source", "activity", "community", "follows", "topic", "hour")
TOP = 20
BUCKETS = 1_000  # more than any of these facets has values
_TERMS = (
    *("level", "region", "community", "follows", "engaged", "topic", "benefit", "style", "education"),
    "occupation",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The count, the first people in order of standing, and how many people have each value of each facet."""

    total: int
    top: list[int]
    facets: dict[str, dict[str, int]]


class Peer(Protocol):
    """An engine that holds the same people."""

    name: str

    def answer(self, query: AudienceQuery) -> Answer:
        """Count, top and facets."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def term_of(condition: Condition) -> str:
    """The term that stands for a condition."""
    match condition:
        case Interest():
            return f"level:{condition.value}>={condition.min}"
        case Words():
            return f"word:{condition.value}"
        case Named():
            return f"{condition.field}:{condition.value}"
    raise ValueError(f"no peer is asked for {condition.field}")


def terms(nodes: Iterable[Condition | AudienceQuery]) -> list[str]:
    """The terms of a flat part of a query."""
    return [term_of(node) for node in nodes if not isinstance(node, AudienceQuery)]


def term_lists(batch: pl.DataFrame, words: bool) -> pl.Series:
    """All terms of each person of a batch, with or without the words of their texts."""
    parts = [pl.col(name).list.eval(f"{name}:" + pl.element()) for name in _TERMS]
    if words:
        parts.append(
            pl.col("words").list.join(" ").str.split(" ").list.eval("word:" + pl.element()).list.unique()
        )
    return batch.select(pl.concat_list(parts)).to_series()


def facet_rows(batch: pl.DataFrame) -> pl.DataFrame:
    """uid, field (place in FACETS), value: sorted."""
    parts = [
        batch.select("uid", pl.lit(place, pl.Int64).alias("field"), pl.col(name).alias("value"))
        .explode("value")
        .drop_nulls("value")
        for place, name in enumerate(FACETS)
    ]
    return pl.concat(parts).sort("uid", "field", "value")


def by_field(rows: Iterable[tuple[int, str, int]]) -> dict[str, dict[str, int]]:
    """Counts of (field, value) as the answer has them."""
    found: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    for field, value, count in rows:
        found[FACETS[field]][value] = count
    return found

"""How often each person wrote about a dictionary term, phrase or tag lately, as level terms that an index can look up.

No search engine here joins people with posts, so ``posts("露营")>=3/30d`` works on what is counted here: the term
``露营/30>=3`` on everybody who wrote at least three posts about it in the 30 days before the moment of mining.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import polars as pl

from lake.counted import COUNT_DAYS, COUNT_STEPS, counted_term

# What fewer people wrote about in the longest window is not counted: nobody may be told about them.
FLOOR = 20


def with_counted(
    profiles: pl.DataFrame, annotations: pl.DataFrame, dictionary: Iterable[str], as_of: datetime
) -> pl.DataFrame:
    """``profiles`` with the column ``counted``: the same list on every account of a person, none where there is none.

    Posts count where they are searchable and not later than ``as_of``, each once for a term however often it has it,
    whether as a word of ``dictionary`` or as an interest tag.
    """
    counts = _counts(profiles.select("account_id", "person_id"), annotations, dictionary, as_of)
    terms = [
        counts.filter(pl.col(str(days)) >= step).select(
            "person_id", (pl.col("about") + counted_term("", days, step)).alias("term")
        )
        for days in COUNT_DAYS
        for step in COUNT_STEPS
    ]
    lists = pl.concat(terms).group_by("person_id").agg(pl.col("term").sort().alias("counted"))
    return (
        profiles.drop("counted")
        .join(lists, on="person_id", how="left", maintain_order="left")
        .with_columns(pl.col("counted").fill_null([]))
        .select(profiles.columns)
    )


def _counts(
    persons: pl.DataFrame, annotations: pl.DataFrame, dictionary: Iterable[str], as_of: datetime
) -> pl.DataFrame:
    """person_id, about, and a column a window: posts within it; what fewer than FLOOR people wrote about left out."""
    at = pl.col("created_at")
    recent = annotations.lazy().filter(
        pl.col("searchable"), at > as_of - timedelta(days=max(COUNT_DAYS)), at <= as_of
    )
    words = (
        pl.col("words").str.split(" ").list.filter(pl.element().is_in(pl.lit(_known(dictionary)).implode()))
    )
    about = pl.concat_list(words.fill_null([]), pl.col("tags").fill_null([])).list.unique().alias("about")
    found = recent.select("account_id", "created_at", about).explode("about").drop_nulls("about")
    within = [
        (at > as_of - timedelta(days=days)).sum().cast(pl.Int32).alias(str(days)) for days in COUNT_DAYS
    ]
    counts = found.join(persons.lazy(), on="account_id").group_by("person_id", "about").agg(within)
    return counts.filter(pl.len().over("about") >= FLOOR).collect()


def _known(dictionary: Iterable[str]) -> pl.Series:
    """Words of two characters or more: shorter ones are in everybody's posts."""
    return pl.Series([word for word in sorted(dictionary) if len(word) > 1], dtype=pl.String)

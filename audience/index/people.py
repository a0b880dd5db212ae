"""Profiles (one row an account) to persons (one row each), as engines index them: in batches of columns, never row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl

from audience.engines.base import CELLS
from audience.index.levels import level_terms
from audience.index.linked import merge_linked
from audience.index.lists import alone
from audience.index.origins import told
from nlp.taxonomy import load_taxonomy

BATCH = 5_000
# Mentions of a brand speak well or badly of it from this mean sentiment on, on the scale -1 to 1.
MOOD_FROM = 0.2
_TAG = pl.Struct({"tag": pl.String, "level": pl.Int8, "evidence": pl.List(pl.String)})
_BRAND = pl.Struct({"brand": pl.String, "posts": pl.Int32, "sentiment": pl.Float32})
_STRINGS = pl.List(pl.String)
# What is read of the profiles; null is absent.
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "account_id": pl.String,
    "person_id": pl.String,
    "source": pl.String,
    "kind": pl.String,
    "public": pl.Boolean,
    "name": pl.String,
    "listable": pl.Boolean,
    "region": pl.String,
    "community": pl.String,
    "last_active_at": pl.Datetime("us", "UTC"),
    "followers": pl.Int64,
    "influence": pl.Int32,
    "activity": pl.String,
    "customer": pl.String,
    "value": pl.String,
    "gender": pl.String,
    "age_band": pl.String,
    "education": pl.String,
    "occupation": pl.String,
    "origins": pl.String,
    "tags": pl.List(_TAG),
    "brands": pl.List(_BRAND),
    "intents": _STRINGS,
    "benefits": _STRINGS,
    "styles": _STRINGS,
    "topics": _STRINGS,
    "follows": _STRINGS,
    "engaged": _STRINGS,
    "terms": _STRINGS,
    "counted": _STRINGS,
    "hours": pl.List(pl.Int32),
    "words": pl.String,
}
# Facets that are a list on the person, and those that are one value.
_LISTS = {
    "region": "regions",
    "source": "sources",
    "community": "communities",
    "kind": "kinds",
    "topic": "topics",
    "intent": "intents",
    "follows": "follows",
    "engaged": "engaged",
    "benefit": "benefits",
    "style": "styles",
    "term": "terms",
}
_SINGLE = {
    "activity": "activity",
    "customer": "customer",
    "value": "value",
    "gender": "gender",
    "age": "age_band",
    "education": "education",
    "occupation": "occupation",
}
_CHECKED = (
    *("sources", "regions", "topics", "intents", "follows", "engaged", "benefits", "styles", "terms"),
)
_ROW = (
    *("person_id", "accounts", "listable", "name", "sources", "regions", "communities", "kinds", "activity"),
    *("customer", "value", "gender", "age_band", "education", "occupation", "origins", "influence"),
    *("followers", "last_active", "follows", "engaged", "intents", "benefits", "styles", "brands"),
    *("tags", "levels", "evidence"),
)


def person_batches(
    profiles: pl.DataFrame,
    is_sensitive: Callable[[str], bool],
    segments: pl.DataFrame | None = None,
    size: int = BATCH,
    parent_of: Mapping[str, str] | None = None,
    vectors: Callable[[pl.Series], pl.Series] | None = None,
) -> Iterator[pl.DataFrame]:
    """Persons in order of standing: influence, then last activity (both falling), then id; ``uid`` is that place.

    Columns: ``uid``, ``row`` (JSON of what a member row needs; ``audience.engines.base.read_row`` reads it),
    ``account`` (list), ``listable``, the counted fields and the lookup fields of ``audience.engines.base``
    (lists), ``influence``, ``followers`` and ``last_active`` (seconds; null where unknown), ``cell`` (below CELLS) and
    ``mark`` (1 to 2^32), by which audiences are compared, ``words`` (list, a text an account, words joined by spaces).
    Values that ``is_sensitive`` says True to are left out: nobody may be found by them. ``segments`` (person_id, segment)
    are the frozen segments that people are in; ``parent_of`` is that of the taxonomy, by default of the built-in one.
    ``vectors`` gives persons' ids their vectors (int8, null where there is none): then there is a column ``vector``.
    """
    people = united(profiles, is_sensitive)
    if segments is not None:
        of = segments.group_by("person_id").agg(pl.col("segment").unique().sort())
        people = people.join(of, on="person_id", how="left", maintain_order="left")
    else:
        people = people.with_columns(pl.lit(None, _STRINGS).alias("segment"))
    order = people.select(
        pl.arg_sort_by(
            "influence", "last_active", "person_id", descending=[True, True, False], nulls_last=True
        )
    ).to_series()
    # Rows are taken from all over: of many chunks that costs many times as much.
    people = people.rechunk()
    for start in range(0, people.height, size):
        part = people[order.slice(start, size)]
        batch = _documents(part, start, parent_of or load_taxonomy().parent_of)
        yield batch.with_columns(vectors(part["person_id"]).alias("vector")) if vectors else batch


def united(profiles: pl.DataFrame, is_sensitive: Callable[[str], bool]) -> pl.DataFrame:
    """One row a person in the columns of ``audience.index.linked.merge_linked``, sensitive values left out."""
    return _without(merge_linked(_typed(profiles)), is_sensitive)


def _typed(profiles: pl.DataFrame) -> pl.DataFrame:
    """The columns needed, lists of structs with the fields needed alone."""

    def fields(kind: pl.Struct) -> pl.Expr:
        return pl.struct(pl.element().struct.field(f.name).cast(f.dtype) for f in kind.fields)

    return profiles.select(
        pl.col(name).list.eval(fields(kind.inner))
        if isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct)
        else pl.col(name).cast(kind)
        for name, kind in COLUMNS.items()
    )


def _without(people: pl.DataFrame, is_sensitive: Callable[[str], bool]) -> pl.DataFrame:
    """``people`` with every sensitive value taken out of its lists."""

    def banned(values: pl.Series) -> pl.Series:
        distinct = values.drop_nulls().unique()
        return distinct.filter(pl.Series([is_sensitive(value) for value in distinct], dtype=pl.Boolean))

    kept = []
    for name in _CHECKED:
        out = banned(people[name].explode())
        kept += [pl.col(name).list.filter(~pl.element().is_in(out.implode()))] if len(out) else []
    for name, part in (("tags", "tag"), ("brands", "brand")):
        out = banned(people[name].explode().struct.field(part))
        element = pl.element().struct.field(part)
        kept += [pl.col(name).list.filter(~element.is_in(out.implode()))] if len(out) else []
    counted = people["counted"].explode().drop_nulls().unique()
    about = counted.str.extract(r"^(.*)/\d+>=\d+$")
    out = counted.filter(about.is_in(banned(about).implode()))
    kept += [pl.col("counted").list.filter(~pl.element().is_in(out.implode()))] if len(out) else []
    for name in ("education", "occupation"):
        out = banned(people[name])
        kept += [pl.when(~pl.col(name).is_in(out.implode())).then(pl.col(name))] if len(out) else []
    return people.with_columns(kept)


def _documents(people: pl.DataFrame, first: int, parent_of: Mapping[str, str]) -> pl.DataFrame:
    """One batch, ready to be indexed; ``first`` is the place of its first person."""
    tag, brand = pl.element().struct.field, pl.element().struct.field
    mood = (
        pl.when(brand("sentiment") >= MOOD_FROM)
        .then(brand("brand") + "+")
        .when(brand("sentiment") <= -MOOD_FROM)
        .then(brand("brand") + "-")
    )
    batch = people.with_columns(
        pl.col("tags").list.eval(tag("tag")),
        pl.col("tags").list.eval(tag("level")).alias("levels"),
        pl.col("tags").list.eval(tag("evidence")).alias("evidence"),
        pl.col("brands").list.eval(brand("brand")),
        pl.col("brands").list.eval(mood.drop_nulls()).alias("mood"),
        pl.int_range(first, first + people.height, dtype=pl.Int64).alias("uid"),
    )
    parents = _parents(batch, parent_of)
    return batch.select(
        "uid",
        pl.struct(_ROW).struct.json_encode().alias("row"),
        pl.col("accounts").alias("account"),
        "listable",
        pl.col("tags").alias("tag"),
        parents["parent"],
        pl.col("brands").alias("brand"),
        *(pl.col(column).alias(field) for field, column in _LISTS.items()),
        *(alone(column).alias(field) for field, column in _SINGLE.items()),
        told(batch).alias("told"),
        pl.col("hours").list.eval(pl.element().cast(pl.String).str.zfill(2)).alias("hour"),
        level_terms(batch["tags"], batch["levels"]).alias("level"),
        level_terms(parents["parent"], parents["level"]).alias("parent_level"),
        "counted",
        "mood",
        pl.col("segment").fill_null([]),
        "influence",
        "followers",
        "last_active",
        (pl.col("person_id").hash(1) % CELLS).alias("cell"),
        (pl.col("person_id").hash(2) // (1 << 32) + 1).alias("mark"),
        "words",
    )


def _parents(batch: pl.DataFrame, parent_of: Mapping[str, str]) -> pl.DataFrame:
    """uid, parent, level (lists): the top interests of each person, each as strong as the strongest below it."""
    found = (
        batch.select("uid", "tags", "levels")
        .explode("tags", "levels")
        .with_columns(
            pl.col("tags")
            .replace_strict(dict(parent_of), default=None, return_dtype=pl.String)
            .alias("parent")
        )
        .drop_nulls("parent")
        .group_by("uid", "parent", maintain_order=True)
        .agg(pl.col("levels").max().alias("level"))
        .group_by("uid")
        .agg("parent", "level")
    )
    return (
        batch.select("uid")
        .join(found, on="uid", how="left", maintain_order="left")
        .with_columns(pl.col("parent", "level").fill_null([]))
    )

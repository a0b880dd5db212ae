"""Everything known of an account in one row: the table that search is built from."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from lake.schemas import PROFILES
from mining.facts import with_facts
from mining.families import shown_families
from nlp.taxonomy import Taxonomy

# Words kept for full-text search: those of the latest searchable posts, up to this many.
RECENT_WORDS = 400
RECENT_POSTS = 60
POST_BREAK = "\ue000"  # of Unicode's private use: no text holds it
TERMS = 20
TERM_ACCOUNTS = 3
NEW_DAYS, ACTIVE_DAYS, QUIET_DAYS = 30, 30, 90
TOP_TOPICS = 5
ACTIVE_HOURS = 4


def profile_table(
    accounts: pl.DataFrame,
    annotations: pl.DataFrame,
    used_words: pl.DataFrame,
    levels: pl.DataFrame,
    structure: pl.DataFrame,
    links: pl.DataFrame,
    standing: pl.DataFrame,
    as_of: datetime,
    taxonomy: Taxonomy,
) -> pl.DataFrame:
    """Join what was mined into the ``profiles`` table, sorted by account_id.

    ``used_words`` is that of ``account_words``; ``structure`` holds account_id, followers, influence, community,
    follows and engaged, null where unknown; ``standing`` person_id, customer, customer_from, value and the ``told_…``
    facts of ``mining.facts``.
    Accounts that only wrote, and whose own page was never fetched, get a row too.
    """
    everyone = everybody(accounts, annotations)
    declared = accounts.rename({"id": "account_id"}).drop("source")
    frame = everyone.join(declared, on="account_id", how="left")
    for part in (
        _activity(annotations, as_of),
        _hours(annotations),
        shown_families(annotations, as_of),
        _topics(annotations),
        _terms(used_words),
        _recent_words(annotations),
        _tag_lists(levels),
        structure,
        persons(everyone, links),
    ):
        frame = frame.join(part, on="account_id", how="left")
    frame = frame.join(standing, on="person_id", how="left")
    filled = with_facts(_with_defaults(frame, as_of))
    vectors = _interest_vectors(filled["account_id"], levels, taxonomy)
    schema = pl.Schema(pl.from_arrow(PROFILES.schema.empty_table()).schema)  # type: ignore[union-attr]
    return (
        filled.with_columns(vectors)
        .select(
            (pl.col(name) if name in filled.columns else pl.lit(None).alias(name)).cast(kind)
            for name, kind in schema.items()
        )
        .sort("account_id")
    )


def everybody(accounts: pl.DataFrame, annotations: pl.DataFrame) -> pl.DataFrame:
    """account_id, source of every account that was collected or wrote something."""
    return pl.concat(
        [
            accounts.select(pl.col("id").alias("account_id"), "source"),
            annotations.select("account_id", "source"),
        ]
    ).unique("account_id", keep="first", maintain_order=True)


def persons(everyone: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """account_id, person_id: accounts that share a customer id are one person, named by its smallest account id.

    Two customers that share an account are joined as well: the groups are connected components.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = links.select("customer_id", "account_id").unique()
    codes = pairs.select(pl.all().rank("dense") - 1).cast(pl.Int64)
    customers, accounts = codes["customer_id"].to_numpy(), codes["account_id"].to_numpy()
    nodes = pairs["customer_id"].n_unique() + pairs["account_id"].n_unique()
    own = accounts + pairs["customer_id"].n_unique()
    joins = coo_matrix((np.ones(len(own), dtype=np.int8), (customers, own)), shape=(nodes, nodes))
    group = connected_components(joins, directed=False)[1][own]
    joined = (
        pairs.with_columns(pl.Series("group", group))
        .select("account_id", pl.col("account_id").min().over("group").alias("linked"))
        .unique("account_id")
    )
    return everyone.join(joined, on="account_id", how="left").select(
        "account_id", pl.coalesce("linked", "account_id").alias("person_id")
    )


def _activity(annotations: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    at = pl.col("created_at")
    return annotations.group_by("account_id").agg(
        at.min().alias("first_post_at"),
        at.max().alias("last_post_at"),
        pl.len().alias("post_count"),
        (at > as_of - timedelta(days=30)).sum().alias("posts_30d"),
    )


def _hours(annotations: pl.DataFrame) -> pl.DataFrame:
    hour = pl.col("created_at").dt.convert_time_zone("Asia/Shanghai").dt.hour().cast(pl.Int32).alias("hour")
    return (
        annotations.select("account_id", hour)
        .group_by("account_id", "hour")
        .len()
        .sort(["account_id", "len", "hour"], descending=[False, True, False])
        .group_by("account_id")
        .agg(pl.col("hour").head(ACTIVE_HOURS).sort().alias("hours"))
    )


def _topics(annotations: pl.DataFrame) -> pl.DataFrame:
    return (
        annotations.drop_nulls("topic")
        .group_by("account_id", "topic")
        .agg(pl.col("topic_weight").sum().round(3).alias("weight"), pl.len().alias("posts"))
        .filter(pl.col("posts") >= 2)
        .sort(["account_id", "weight", "topic"], descending=[False, True, False])
        .group_by("account_id")
        .agg(pl.col("topic").head(TOP_TOPICS).alias("topics"))
    )


def account_words(annotations: pl.DataFrame) -> pl.DataFrame:
    """account_id, word, n: how often each account used each word of two characters or more, spam left out."""
    return (
        annotations.lazy()
        .filter(pl.col("searchable"))
        .select("account_id", pl.col("words").str.split(" ").alias("word"))
        .explode("word")
        .filter(pl.col("word").str.len_chars() >= 2)
        .group_by("account_id", "word")
        .agg(pl.len().cast(pl.Int64).alias("n"))
        .filter(pl.len().over("word") >= TERM_ACCOUNTS)
        .sort("account_id", "word")
        .collect()
    )


def _terms(used: pl.DataFrame) -> pl.DataFrame:
    accounts = max(1, used["account_id"].n_unique())
    rarity = (accounts / pl.len().over("word")).log()
    return (
        used.with_columns(((1 + pl.col("n").log()) * rarity).round(6).alias("score"))
        .sort(["account_id", "score", "word"], descending=[False, True, False])
        .group_by("account_id")
        .agg(pl.col("word").head(TERMS).alias("terms"))
    )


def _recent_words(annotations: pl.DataFrame) -> pl.DataFrame:
    """The words of the latest searchable posts, newest first; a break between posts keeps phrases inside one."""
    return (
        annotations.filter(pl.col("searchable"))
        .sort(["account_id", "created_at", "post_id"], descending=[False, True, False])
        .group_by("account_id", maintain_order=True)
        .agg(pl.col("words").head(RECENT_POSTS).str.join(f" {POST_BREAK} "))
        .with_columns(pl.col("words").str.split(" ").list.head(RECENT_WORDS).list.join(" "))
    )


def _tag_lists(levels: pl.DataFrame) -> pl.DataFrame:
    return (
        levels.sort(["account_id", "level", "weight", "tag"], descending=[False, True, True, False])
        .group_by("account_id", maintain_order=True)
        .agg(pl.struct("tag", "level", "weight", "posts", "evidence").alias("tags"))
    )


def _with_defaults(frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    def days(n: int) -> pl.Expr:
        return pl.lit(as_of - timedelta(days=n))

    last = pl.max_horizontal("last_post_at", "last_active_at")
    first_seen = pl.coalesce("registered_at", "first_post_at")
    activity = (
        pl.when(last.is_null())
        .then(None)
        .when(first_seen > days(NEW_DAYS))
        .then(pl.lit("new"))
        .when(last > days(ACTIVE_DAYS))
        .then(pl.lit("active"))
        .when(last > days(QUIET_DAYS))
        .then(pl.lit("quiet"))
        .otherwise(pl.lit("gone"))
    )
    lists = (
        "tags",
        "intents",
        "benefits",
        "styles",
        "brands",
        "grounds",
        "topics",
        "follows",
        "engaged",
        "terms",
        "hours",
    )
    return frame.with_columns(
        activity.alias("activity"),
        last.alias("last_active_at"),
        pl.col("kind").fill_null("person"),
        pl.col("public").fill_null(False),
        pl.col("listable").fill_null(False),
        pl.col("post_count", "posts_30d", "influence").fill_null(0),
        pl.coalesce("followers_count", "followers").alias("followers"),
        pl.col("words").fill_null(""),
        *(pl.col(name).fill_null([]) for name in lists),
    )


def _interest_vectors(account_ids: pl.Series, levels: pl.DataFrame, taxonomy: Taxonomy) -> pl.Series:
    """Weights by top interest, in the taxonomy's order, of length 1; zeros where nothing is known."""
    position = {parent: i for i, parent in enumerate(taxonomy.parents)}
    rows = dict(zip(account_ids.to_list(), range(len(account_ids)), strict=True))
    vectors = np.zeros((len(account_ids), len(position)), np.float32)
    at = levels.filter(pl.col("tag").is_in(list(taxonomy.parent_of)))
    np.add.at(
        vectors,
        (
            np.array([rows[a] for a in at["account_id"]], dtype=np.int64),
            np.array([position[taxonomy.parent_of[t]] for t in at["tag"]], dtype=np.int64),
        ),
        at["weight"].to_numpy(),
    )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms == 0, 1, norms)
    return pl.Series("vector", vectors).cast(pl.List(pl.Float32))

"""Posts through the gate, and the edges that they tell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from lake import columns as col
from lake.gate.incoming import Incoming, bad_time, count, missing
from lake.gate.text import Own, free_of_contacts, free_of_names, lists_free_of_names, put
from lake.schemas import POSTS
from privacy.mentions import Mentions
from privacy.optouts import Reason

if TYPE_CHECKING:
    from lake.gate.gate import Gate
    from lake.gate.names import Names
    from lake.gate.rejects import Rejects

# What posts tell, as edges between pseudonyms.
TOLD: dict[str, pl.DataType] = {
    "src": pl.String(),
    "dst": pl.String(),
    "kind": pl.String(),
    "post_id": pl.String(),
    "at": pl.Datetime("us", "UTC"),
}
_LANG = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$"  # BCP 47: language, script, region
_NOT_PUBLIC = ("private", "direct")
_LINKS = ("reply_to", "repost_of")


def prepared(posts: pl.DataFrame, names: Names, mentions: Mentions) -> pl.DataFrame:
    """With every pseudonym that they need, texts without contact data, and ``naming``: whether these may name people."""
    if posts.is_empty():
        return posts
    texts, naming = free_of_contacts(posts["text"], mentions)
    return posts.with_columns(
        texts,
        naming.alias("naming"),
        names.post_ids(posts["native_id"]).alias("id"),
        names.account_ids(posts["author_native_id"]).alias("account_id"),
        *(names.post_ids(posts[f"{link}_native_id"]).alias(f"{link}_id") for link in _LINKS),
        *(
            names.account_ids(posts[f"{link}_author_native_id"]).alias(f"{link}_account_id")
            for link in _LINKS
        ),
    )


def admit(
    gate: Gate, incoming: Incoming, counts: Counter[str], rejects: Rejects
) -> tuple[pa.Table, pl.DataFrame]:
    """The posts that may be kept, and their mention, reply and repost edges."""
    nothing = POSTS.schema.empty_table(), pl.DataFrame(schema=TOLD)
    if incoming.frame.is_empty():
        return nothing
    public = ~pl.col("visibility").is_in(_NOT_PUBLIC).fill_null(False)
    shown = incoming.frame.filter(public)
    if hidden := incoming.frame.height - shown.height:
        counts["withheld.not_public"] += hidden
        incoming.frame = shown
    posts, refused = incoming.good(_fault(gate), rejects)
    _heed_refused(gate, refused)
    posts = _heed(gate, posts, counts)
    if posts.is_empty():
        return nothing
    _note_names(gate, posts)
    posts = posts.with_columns(_still_there(gate, posts[f"{link}_account_id"]) for link in _LINKS)
    mentioned, own = _mentions(gate, posts["mentions"])
    posts = posts.with_columns(mentioned.alias("mention_ids"))
    return _table(gate, posts, own), _edges(gate, posts)


def _fault(gate: Gate) -> pl.Expr:
    """Why a row can't be kept, or null."""
    return pl.coalesce(
        missing("native_id"),
        missing("author_native_id"),
        bad_time("created_at", gate.now),
        "odd",
    )


def _heed_refused(gate: Gate, refused: pl.DataFrame) -> None:
    """A row that can't be kept may still say that its author wants nothing kept, not even the refused row."""
    saying = refused.filter(pl.col("author_noindex") & pl.col("author_native_id").is_not_null())
    for author in saying["author_native_id"]:
        gate.withhold(gate.names.account_id(author), Reason.NOINDEX)


def _heed(gate: Gate, posts: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    """Keep out what withheld accounts wrote."""
    said = posts.select("account_id", "author_noindex").drop_nulls()
    if said["author_noindex"].any() or gate.gone:
        for author, noindex in said.iter_rows():
            if noindex:
                gate.withhold(author, Reason.NOINDEX)
            elif author in gate.gone:
                gate.lift(author, Reason.NOINDEX)
    gone = gate.gone_among(posts["account_id"])
    if not gone:
        return posts
    kept = posts.filter(~pl.col("account_id").is_in(gone))
    counts["withheld.posts"] += posts.height - kept.height
    return kept


def _note_names(gate: Gate, posts: pl.DataFrame) -> None:
    authors = posts.group_by(pl.col("account_id").alias("id"), maintain_order=True).agg(
        pl.col("author_native_id").last().alias("native_id"),
        pl.col("author_handle").drop_nulls().last().alias("handle"),
        pl.lit(None, pl.String).alias("url"),
    )
    gate.names.add_accounts(authors)
    gate.names.add_posts(posts.select("id", "native_id", "url", "account_id"))


def _still_there(gate: Gate, accounts: pl.Series) -> pl.Series:
    """Whom each row replies to or reposts; withheld accounts are left out."""
    gone = gate.gone_among(accounts)
    return accounts.set(accounts.is_in(gone).fill_null(False), None) if gone else accounts


def _mentions(gate: Gate, column: pl.Series) -> tuple[pl.Series, Own]:
    """The mentioned accounts of each row, and by place the handles that its own list gives them."""
    nobody = pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, len(column))
    if column.null_count() == len(column):
        return nobody, {}
    some = (column.list.len() > 0).fill_null(False)
    ids: list[list[str]] = []
    own: dict[int, dict[str, str]] = {}
    for place, listed in zip(some.arg_true().to_list(), column.filter(some).to_list(), strict=True):
        handles = own[place] = {}
        found: dict[str, None] = {}
        for mention in filter(None, listed):
            handle = (mention["handle"] or "").lstrip("@").lower()
            account_id = _mentioned(gate, mention["native_id"], handle)
            if account_id is None:
                continue
            if account_id not in gate.gone:
                found[account_id] = None
            if handle:
                handles[handle] = account_id
                handles.setdefault(handle.split("@")[0], account_id)
        ids.append(list(found))
    return put(nobody, some, ids) if ids else nobody, own


def _mentioned(gate: Gate, native_id: str | None, handle: str) -> str | None:
    """The mentioned account; where the source gives its handle alone, the one that the handle in a text leads to."""
    if native_id:
        return gate.names.account_id(native_id)
    return (gate.names.known.get(handle) or gate.names.account_id(handle)) if handle else None


def _table(gate: Gate, posts: pl.DataFrame, own: Own) -> pa.Table:
    replies = pl.col("reply_to_id").is_not_null() | pl.col("reply_to_account_id").is_not_null()
    kind = (
        pl.when(pl.col("repost_of_id").is_not_null())
        .then(pl.lit("repost"))
        .when(replies)
        .then(pl.lit("reply"))
        .otherwise(pl.lit("post"))
    )
    made = posts.with_columns(
        col.months(posts["created_at"]),
        free_of_names(posts["text"], gate.mentions, own, posts["naming"]),
        free_of_names(posts["title"], gate.mentions, own),
        free_of_names(posts["board"], gate.mentions),
        pl.when(pl.col("lang").str.contains(_LANG)).then("lang"),
        lists_free_of_names(posts["hashtags"], gate.mentions, "#＃ ").fill_null([]),
        kind.alias("kind"),
        *map(count, ("likes", "replies", "reposts")),
        _searchable(gate).alias("searchable"),
    )
    kept = gate.kept("posts")
    return col.table_of(
        POSTS, _by_month(made.select(kept.intersection(made.columns))), kept, gate.provenance()
    )


def _by_month(posts: pl.DataFrame) -> pl.DataFrame:
    """Those of a month side by side, so that they need not be copied once more to be written.

    Not where an id comes twice, since the last row counts.
    """
    # Numbers of 16 bits NumPy sorts by their digits; texts Polars would compare.
    months = col.month_numbers(posts["created_at"]).cast(pl.Int16).to_numpy()
    if months.min() == months.max() or posts["id"].hash().n_unique() < posts.height:
        return posts
    return posts[np.argsort(months, kind="stable")]


def _searchable(gate: Gate) -> pl.Expr:
    """Mastodon: ``indexable`` not true, or unlisted, is not searchable. Elsewhere only what the source says."""
    missing = not gate.is_mastodon or gate.policy.indexable_missing == "searchable"
    return pl.col("author_indexable").fill_null(missing) & (pl.col("visibility") != "unlisted").fill_null(
        True
    )


def _edges(gate: Gate, posts: pl.DataFrame) -> pl.DataFrame:
    """One edge a person reached by a post; nobody has an edge to themselves."""
    reached = {"mention": "mention_ids", "reply": "reply_to_account_id", "repost": "repost_of_account_id"}
    told = [
        posts.select(
            pl.col("account_id").alias("src"),
            pl.col(column).alias("dst"),
            pl.lit(kind).alias("kind"),
            pl.col("id").alias("post_id"),
            pl.col("created_at").alias("at"),
        )
        for kind, column in reached.items()
        if gate.policy.keeps("edges", kind)
    ]
    told = [part.explode("dst") if part["dst"].dtype == pl.List else part for part in told]
    return pl.concat([pl.DataFrame(schema=TOLD), *told]).filter(pl.col("dst") != pl.col("src"))

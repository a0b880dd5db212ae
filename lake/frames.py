"""Raw rows as frames: what importers hand to the gate, many rows at once. Never written as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from lake.raw import RawReject

Kinds = Mapping[str, pl.DataType]

_TEXT, _COUNT, _FLAG, _TEXTS = pl.String(), pl.Int64(), pl.Boolean(), pl.List(pl.String())
TIME = pl.Datetime("us", "UTC")
MENTIONS = pl.List(pl.Struct({"native_id": pl.String, "handle": pl.String}))

# The same names and meanings as the TypedDicts of lake.raw.
POSTS: Kinds = {
    "native_id": _TEXT,
    "author_native_id": _TEXT,
    "author_handle": _TEXT,
    "created_at": TIME,
    "text": _TEXT,
    "title": _TEXT,
    "lang": _TEXT,
    "board": _TEXT,
    "hashtags": _TEXTS,
    "url": _TEXT,
    "reply_to_native_id": _TEXT,
    "reply_to_author_native_id": _TEXT,
    "repost_of_native_id": _TEXT,
    "repost_of_author_native_id": _TEXT,
    "mentions": MENTIONS,
    "likes": _COUNT,
    "replies": _COUNT,
    "reposts": _COUNT,
    "visibility": _TEXT,
    "author_noindex": _FLAG,
    "author_indexable": _FLAG,
}
ACCOUNTS: Kinds = {
    "native_id": _TEXT,
    "handle": _TEXT,
    "url": _TEXT,
    "name": _TEXT,
    "bio": _TEXT,
    "region": _TEXT,
    "gender": _TEXT,
    "birthday": _TEXT,  # a day, 1990-04-30; anything else counts as not said
    "education": _TEXT,
    "occupation": _TEXT,
    "verified": _FLAG,
    "kind": _TEXT,
    "followers_count": _COUNT,
    "following_count": _COUNT,
    "posts_count": _COUNT,
    "registered_at": TIME,
    "last_active_at": TIME,
    "noindex": _FLAG,
    "indexable": _FLAG,
    "discoverable": _FLAG,
    "hide_collections": _FLAG,
    "profile_hidden": _FLAG,
}
EDGES: Kinds = {
    "src_native_id": _TEXT,
    "dst_native_id": _TEXT,
    "kind": _TEXT,
    "at": TIME,
    "post_native_id": _TEXT,
}
KEYWORDS: Kinds = {
    "term": _TEXT,
    "at": TIME,
    "grain": _TEXT,
    "rank": pl.Int32(),
    "volume": pl.Float64(),
    "category": _TEXT,
    "description": _TEXT,
    "related": _TEXTS,
    "advert": _FLAG,
    "reads": pl.Int64(),
    "discussions": pl.Int64(),
    "originals": pl.Int64(),
}
TOUCHPOINTS: Kinds = {  # frames only: no page of a source tells them
    "number": _TEXT,  # the row's own: an order's or a receipt's
    "source": _TEXT,  # whose account it is; absent: the source of the import
    "native_id": _TEXT,
    "handle": _TEXT,
    "url": _TEXT,
    "customer_id": _TEXT,
    "at": TIME,
    "kind": _TEXT,
    "what": _TEXT,
    "amount": pl.Float64(),
    "place": _TEXT,
    "channel": _TEXT,
    "promotion": _TEXT,
    "outcome": _TEXT,
}
FRAMES: dict[str, Kinds] = {
    "posts": POSTS,
    "accounts": ACCOUNTS,
    "edges": EDGES,
    "keywords": KEYWORDS,
    "touchpoints": TOUCHPOINTS,
}


@dataclass(slots=True)
class RawFrames:
    """What one part of a file gave. Any frame, and any column of it, may be absent; order of columns is free."""

    posts: pl.DataFrame | None = None
    accounts: pl.DataFrame | None = None
    edges: pl.DataFrame | None = None
    keywords: pl.DataFrame | None = None
    touchpoints: pl.DataFrame | None = None
    rejects: list[RawReject] = field(default_factory=list)


def fitted(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with exactly the columns of ``FRAMES[name]`` in their types; absent ones are null.

    Raises ValueError for a column that the table doesn't have: a slip of the importer's that would lose data.
    """
    kinds = FRAMES[name]
    if unknown := sorted(set(frame.columns) - set(kinds)):
        raise ValueError(f"raw {name} have no column {unknown[0]!r}")
    return frame.select(
        pl.col(column).cast(kind) if column in frame.columns else pl.lit(None, kind).alias(column)
        for column, kind in kinds.items()
    )

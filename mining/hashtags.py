"""Learning which hashtags suit a text, from the lake's own posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from lake.store import Lake
from mining.models import Models, full_texts
from nlp.hashtags import HashtagModel, TooFewHashtagsError
from nlp.normalise import clean_hashtags, normalise_all, without_hashtags
from privacy.errors import BadInputError
from privacy.home import Home

FOLDER = "hashtags"
POSTS = 6_000  # the newest with hashtags: older tags are seldom what a new text wants
_SPAM_LIMIT = 0.5

_Rows: TypeAlias = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class HashtagsLearned:
    """What was learned from: posts, and hashtags that can be suggested."""

    posts: int
    hashtags: int


def learn_hashtags(home: Home, k: int) -> HashtagsLearned:
    """Learn from the newest searchable posts with hashtags that at least ``k`` accounts use; advertising is left out.

    Raises BadInputError where nothing was mined, or too little has hashtags.
    """
    models, lake = Models.load(home), Lake(home)
    if models is None or not lake.exists("annotations"):
        raise BadInputError("nothing was mined yet", "run renqun mine")
    posts = _tagged(lake)
    tags = [clean_hashtags(row) for row in posts["hashtags"].to_list()]
    counts = _used_by(posts["account_id"].to_list(), tags, k)
    texts = normalise_all([without_hashtags(text) for text in full_texts(posts)])
    try:
        model = HashtagModel().fit(models.segmenter.cut_all(texts), tags, counts)
    except TooFewHashtagsError as few:
        raise BadInputError(
            f"{few}.", f"collect more posts with hashtags that {k} people or more use"
        ) from None
    model.save(home.models / FOLDER)
    return HashtagsLearned(posts.height, len(model.names))


def _tagged(lake: Lake) -> pl.DataFrame:
    usable = lake.read("annotations", columns=["post_id", "spam"]).filter(pl.col("spam") < _SPAM_LIMIT)
    posts = lake.read(
        "posts", columns=["id", "account_id", "created_at", "title", "text", "hashtags", "searchable"]
    ).filter("searchable", pl.col("hashtags").list.len() > 0)
    posts = posts.join(usable.select(pl.col("post_id").alias("id")), on="id", how="semi")
    return posts.sort(["created_at", "id"], descending=True).head(POSTS).sort("id")


def _used_by(accounts: list[str], tags: _Rows, least: int) -> dict[str, int]:
    """Posts of each tag that at least so many accounts use."""
    people: dict[str, set[str]] = {}
    posts: dict[str, int] = {}
    for account, row in zip(accounts, tags, strict=True):
        for tag in row:
            people.setdefault(tag, set()).add(account)
            posts[tag] = posts.get(tag, 0) + 1
    return {tag: posts[tag] for tag, who in people.items() if len(who) >= least}

"""The topics that people write about, and how good they are."""

from __future__ import annotations

from typing import Any

import polars as pl

from audience.errors import NotMinedError
from audience.index.opened import first_step
from audience.search.excerpts import excerpt
from audience.tags.topic_answers import TopicPost, TopicRow, TopicsAnswer
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

MOST = 500
_FEW = 0.1  # a topic with less stability than this comes and goes with the seed


def topics(
    home: Home,
    limit: int = 50,
    role: Role = Role.ANALYST,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> TopicsAnswer:
    """List the topics, largest first. Needs role analyst; planners also see posts that stand for them.

    Topics of fewer than k people are counted, not shown. A topic of posts may be about a sensitive matter; a post that
    names one is no example. Raises NotMinedError where nothing was mined, BadInputError for a limit out of bounds.
    """
    require(role, Role.ANALYST)
    if not 1 <= limit <= MOST:
        raise BadInputError(f"limit is 1 to {MOST}", "leave it out for the 50 largest")
    disclosure = disclosure or Disclosure.from_settings()
    lake = Lake(home)
    if not lake.exists("topics"):
        raise NotMinedError("nothing was mined yet", first_step(home))
    rows = lake.read("topics").sort(["posts", "topic"], descending=[True, False])
    shown = rows.filter(~pl.Series([disclosure.hidden(n) for n in rows["accounts"]], dtype=pl.Boolean))
    total = int(rows["posts"].sum())
    listed = shown.head(limit).to_dicts()
    examples = _examples(lake, listed) if role.rank >= Role.PLANNER.rank else {}
    words = [word for told in rows["words"] for word in told]
    answer = TopicsAnswer(
        topics=[_row(row, total, examples, disclosure) for row in listed],
        found=rows.height,
        hidden=rows.height - shown.height,
        npmi=_mean(rows["npmi"]),
        diversity=round(len(set(words)) / len(words), 4) if words else None,
        stability=_mean(rows["stability"]),
        assigned=_assigned(lake, total),
        k=disclosure.k,
        round_to=disclosure.round_to,
        warnings=_warnings(rows),
    )
    record(home, who, role, "topics", {"shown": len(listed), "posts": sorted(examples)})
    return answer


def _row(row: dict[str, Any], total: int, examples: dict[str, TopicPost], disclosure: Disclosure) -> TopicRow:
    return TopicRow(
        topic=row["topic"],
        name=row["name"],
        words=row["words"],
        people=disclosure.rounded(row["accounts"]),
        posts=disclosure.rounded(row["posts"]),
        share=round(disclosure.rounded(row["posts"]) / max(1, disclosure.rounded(total)), 4),
        npmi=round(row["npmi"], 4),
        stability=row["stability"],
        examples=[examples[post] for post in row["examples"] if post in examples],
    )


def _examples(lake: Lake, rows: list[dict[str, Any]]) -> dict[str, TopicPost]:
    words = {post: row["words"] for row in rows for post in row["examples"]}
    ids = sorted(words)
    if not ids:
        return {}
    posts = lake.read(
        "posts",
        columns=["id", "created_at", "title", "text", "searchable"],
        where=pl.col("id").is_in(pl.Series(ids).implode()),
    ).filter("searchable")
    found = {}
    for row in posts.iter_rows(named=True):
        text = " ".join(part for part in (row["title"], row["text"]) if part)
        if sensitive_matter(text) is None:
            found[row["id"]] = TopicPost(at=row["created_at"], excerpt=excerpt(text, words[row["id"]]).text)
    return found


def _assigned(lake: Lake, with_topic: int) -> float | None:
    spam = lake.read("annotations", columns=["spam"])["spam"]
    counted = int((spam < 0.5).sum())
    return round(with_topic / counted, 4) if counted else None


def _warnings(rows: pl.DataFrame) -> list[str]:
    if rows.is_empty():
        return ["the posts are too few or too unlike each other for topics"]
    loose = rows.filter(pl.col("stability") < _FEW)["name"].to_list()
    return [f"these topics come and go with the seed: {'、'.join(loose)}"] if loose else []


def _mean(values: pl.Series) -> float | None:
    mean = values.drop_nulls().mean()
    return round(mean, 4) if isinstance(mean, float) else None

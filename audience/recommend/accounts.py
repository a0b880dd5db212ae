"""What to do with an audience: what they talk about, which accounts reach them, when, and which words to use or avoid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from audience.disclosure.group import group_of
from audience.engines.base import TERM_FIELD
from audience.index.opened import open_index
from audience.query.model import AudienceQuery
from audience.recommend.advised import Weights, advise, reached_by
from audience.recommend.answers import AvoidedWord, Hour, RecommendAnswer
from audience.search.answers import FacetValue
from audience.search.ask import search
from audience.search.read import read_query
from audience.search.tgi import Comparison
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

MAX_LIMIT = 200
_TALK, _USE, _AVOID, _HOURS = 12, 20, 10, 5
_BUCKETS = 20_000
_LATELY = timedelta(days=90)
_MIN_WORD = 2
# A word belongs to complaints where they hold it at least so many times as often as other posts do.
_COMPLAINT_RATIO = 2.0


def recommend(
    home: Home,
    query: AudienceQuery | str,
    limit: int = 10,
    *,
    novelty: float = 0.0,
    diversity: float = 1.0,
    weights: Weights | None = None,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> RecommendAnswer:
    """Advise on an audience, given as a query (or ``segment:NAME``). Needs role planner.

    ``limit`` accounts are advised at most. ``novelty`` (0 to 1) favours accounts that few people know already;
    ``diversity`` (0 to 1) favours those that reach people whom the accounts before did not: at 1 it is a greedy cover.
    ``weights`` are those of the parts of an account's score.

    Raises:
        BadInputError: a number out of bounds.
        BadQueryError, SensitiveQueryError, NotMinedError: as ``search`` does.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInputError(f"limit is 1 to {MAX_LIMIT}", "how many accounts to advise")
    if not (0 <= novelty <= 1 and 0 <= diversity <= 1):
        raise BadInputError("novelty and diversity are 0 to 1", "0: not at all, 1: as far as it goes")
    found = search(
        home, query, limit=0, facets=("tag", "topic", "hour"), role=role, who=who, disclosure=disclosure
    )
    group = group_of(home, query, disclosure)
    hidden = found.reason or group.hidden
    answer = RecommendAnswer(
        query=found.query,
        reading=found.reading,
        hidden=bool(hidden),
        reason=hidden,
        total=None if hidden else found.total,
        k=disclosure.k,
        warnings=found.warnings,
    )
    if not hidden:
        values = {facet.field: facet.values for facet in found.facets}
        reached = reached_by(Lake(home), group.persons)
        accounts, covered = advise(
            home, group.persons, reached, limit, novelty, diversity, weights or Weights(), disclosure
        )
        answer = answer.model_copy(
            update={
                "listable": disclosure.count(len(group.rows)),
                "talk": _above([*values.get("tag", []), *values.get("topic", [])])[:_TALK],
                "accounts": accounts,
                "covered": covered,
                "hours": _hours(values.get("hour", [])),
                "use": found.over_indexed[:_USE],
                "avoid": _avoid(home, query, group.persons, disclosure),
            }
        )
        if not accounts:
            missing = "no public account is known by which they are reached: mark some with renqun brands add"
            answer = answer.model_copy(update={"warnings": [*answer.warnings, missing]})
    detail = {"query": answer.query, "hidden": answer.hidden, "novelty": novelty, "diversity": diversity}
    record(home, who, role, "recommend", {**detail, "accounts": [one.name for one in answer.accounts]})
    return answer


def _above(values: list[FacetValue]) -> list[FacetValue]:
    """Those clearly above average, by the lower end of their TGI."""
    return sorted((value for value in values if value.low > 100), key=lambda value: (-value.low, value.value))


def _hours(values: list[FacetValue]) -> list[Hour]:
    busiest = sorted(values, key=lambda value: (-value.count, value.value))[:_HOURS]
    return [
        Hour(hour=f"{value.value}:00", people=value.count, share=value.share, tgi=value.tgi)
        for value in busiest
    ]


def _avoid(
    home: Home, query: AudienceQuery | str, persons: list[str], disclosure: Disclosure
) -> list[AvoidedWord]:
    seldom = [
        AvoidedWord(word=row["value"], why="seldom said", people=row["count"], tgi=row["tgi"])
        for row in _seldom(home, query, disclosure)
    ]
    return [*_complaints(home, persons, disclosure)[:_AVOID], *seldom]


def _seldom(home: Home, query: AudienceQuery | str, disclosure: Disclosure) -> list[dict[str, Any]]:
    """Words that the audience says clearly less than everybody, rarest first, as ``FacetValue`` has them."""
    index = open_index(home)
    _, resolved = read_query(index, query, disclosure.k)
    scope = index.scope()
    total = index.engine.count(resolved, scope)
    counts = index.engine.facets(resolved, scope, (TERM_FIELD,), _BUCKETS)[TERM_FIELD]
    beside = Comparison(total, index.engine.persons, disclosure)
    return beside.less(counts, index.baseline[TERM_FIELD], _AVOID, _MIN_WORD)


def _complaints(home: Home, persons: list[str], disclosure: Disclosure) -> list[AvoidedWord]:
    """Words of their complaints of late that their other posts hold far less, by at least k people."""
    lake = Lake(home)
    as_of = open_index(home).scope().as_of
    accounts = lake.read("profiles", ["account_id", "person_id"]).filter(
        pl.col("person_id").is_in(pl.Series(persons, dtype=pl.String).implode())
    )
    posts = lake.read(
        "annotations",
        ["account_id", "words", "intent", "created_at"],
        (pl.col("created_at") > as_of - _LATELY) & pl.col("searchable"),
    ).join(accounts, on="account_id")
    bad = pl.col("intent") == "complains"
    said = (
        posts.with_row_index("post")
        .select(
            "post",
            "person_id",
            bad.fill_null(False).alias("bad"),
            pl.col("words").str.split(" ").alias("word"),
        )
        .explode("word")
        .unique(["post", "word"])
    )
    ill = max(1, int(posts.select(bad.sum()).item() or 0))
    well = max(1, posts.height - ill)
    counted = (
        said.filter(pl.col("word").str.len_chars() >= _MIN_WORD)
        .group_by("word")
        .agg(
            (pl.col("bad").sum() / ill).alias("in_bad"),
            ((~pl.col("bad")).sum() / well).alias("in_other"),
            pl.col("person_id").filter("bad").n_unique().alias("people"),
        )
        .filter(pl.col("people") >= disclosure.k)
        .with_columns((pl.col("in_bad") / pl.max_horizontal("in_other", pl.lit(1 / well))).alias("ratio"))
        .filter(pl.col("ratio") >= _COMPLAINT_RATIO)
        .sort("ratio", "word", descending=[True, False])
    )
    return [
        AvoidedWord(
            word=row["word"],
            why="said in complaints",
            people=disclosure.count(row["people"]),
            tgi=round(100 * row["ratio"], 1),
        )
        for row in counted.iter_rows(named=True)
        if sensitive_matter(row["word"]) is None
    ]

"""Who is a target customer: need x means x decision, each part with its evidence, unknown where there is none.

Need comes from the level of the interests asked for and from asking or comparing posts; means from the RFM tier, from what
people say they own, and from how they speak of prices; decision from posts that tell who decides about buying. The score is
the product, as the three principles of a target customer (need, buying power, power to decide) must all hold.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from audience.disclosure.group import group_of, spoken_of
from audience.index.opened import open_index
from audience.index.people import united
from audience.query.model import AudienceQuery, Interest
from audience.search.read import read_query
from audience.tags.interests import taxonomy
from audience.worth.answers import Band, PartKnown, Prospect, TargetAnswer
from lake.store import Lake
from nlp.taxonomy import Taxonomy
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.sensitive import sensitive_matter

PARTS = ("need", "means", "decision")
MAX_PROSPECTS = 1_000
_TIER_MEANS = {"high": 1.0, "middle": 0.65, "low": 0.35}
_OWNER_MEANS = 0.6
_ASKING = 0.5  # how much asking or comparing takes away of what is missing to a full need
_BANDS = 5


def target(
    home: Home,
    query: str,
    interests: Sequence[str] = (),
    limit: int = 20,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> TargetAnswer:
    """Score the people of a query. ``interests`` say what is needed; default: the interests that the query asks for.

    Prospects (0 to ``limit``) need role planner; parts and bands role analyst.

    Raises:
        BadInputError: an unknown interest, or a limit out of bounds; and what a search raises.
    """
    require(role, Role.ANALYST)
    if not 0 <= limit <= MAX_PROSPECTS:
        raise BadInputError(f"the limit is 0 to {MAX_PROSPECTS:,}", "page by narrowing the query")
    disclosure = disclosure or Disclosure.from_settings()
    asked, resolved = read_query(open_index(home), query, disclosure.k)
    tags = _tags(taxonomy(home), interests, resolved)
    spoken = spoken_of(home, asked, disclosure)
    answer = TargetAnswer(
        query=spoken.query, interests=tags, hidden=bool(spoken.hidden), reason=spoken.hidden, k=disclosure.k,
        people=None if spoken.hidden else disclosure.count(len(spoken.persons)),
    )  # fmt: skip
    if not spoken.hidden:
        scored = _scored(Lake(home), spoken.persons, tags)
        shown = limit if role.rank >= Role.PLANNER.rank else 0
        members = group_of(home, asked, disclosure).persons if shown else []
        answer = answer.model_copy(
            update={
                "parts": [_part(scored, part, disclosure) for part in PARTS],
                "bands": _bands(scored, disclosure),
                "prospects": _prospects(_scored(Lake(home), members, tags), shown),
                "warnings": [*spoken.notes, *_warnings(tags, limit, shown)],
            }
        )
    record(home, who, role, "target", {"query": spoken.query, "interests": tags, "hidden": answer.hidden,
                                       "members": [p.person_id for p in answer.prospects]})  # fmt: skip
    return answer


def _tags(known: Taxonomy, interests: Sequence[str], query: AudienceQuery) -> list[str]:
    """Second-level tags of what is needed: a top interest stands for all below it."""
    refused = {id(node) for group in _groups(query) for node in group.none}
    names = list(interests) or [
        condition.value
        for condition in query.conditions()
        if isinstance(condition, Interest) and id(condition) not in refused
    ]
    found: dict[str, None] = {}
    for name in names:
        if name in known.parents:
            found.update(dict.fromkeys(known.children_of(name)))
        elif name in known.parent_of:
            found[name] = None
        else:
            raise BadInputError(f"there is no interest {name!r}", "name a tag of the taxonomy, such as 露营")
    return [name for name in found if sensitive_matter(name) is None]


def _groups(query: AudienceQuery) -> list[AudienceQuery]:
    below = [group for node in query.children() if isinstance(node, AudienceQuery) for group in _groups(node)]
    return [query, *below]


def _scored(lake: Lake, persons: list[str], tags: list[str]) -> pl.DataFrame:
    """person_id, the three parts, score, at_most, and what each part is from, in the order of ``persons``."""
    asked = pl.DataFrame({"person_id": persons}, schema={"person_id": pl.String})
    profiles = lake.read("profiles").join(asked, on="person_id", how="semi")
    people = united(profiles, lambda value: sensitive_matter(value) is not None)
    worth = lake.read("value", ["person_id", "decision", "decision_posts", "means", "means_posts"])
    frame = asked.join(people, on="person_id", how="left", maintain_order="left").join(
        worth.rename({"means": "prices"}), on="person_id", how="left", maintain_order="left"
    )
    of_tags = pl.col("tags").list.filter(pl.element().struct.field("tag").is_in(tags))
    level = of_tags.list.eval(pl.element().struct.field("level")).list.max()
    intents = pl.col("intents").fill_null([])
    asking = intents.list.contains("asks") | intents.list.contains("compares")
    need = 1 - (1 - level.fill_null(0) / 10) * (1 - _ASKING * asking.cast(pl.Float64))
    owner = intents.list.contains("owns")
    tier = pl.col("value").replace_strict(_TIER_MEANS, default=None, return_dtype=pl.Float64)
    means = pl.mean_horizontal(
        tier, pl.when(owner).then(pl.lit(_OWNER_MEANS)), pl.col("prices").cast(pl.Float64)
    )
    parts = frame.with_columns(
        level.alias("level"),
        asking.alias("asking"),
        owner.alias("owner"),
        pl.when(level.is_not_null() | asking).then(need).alias("need"),
        means.alias("means"),
        pl.col("decision").cast(pl.Float64),
    )
    known = [pl.col(part).fill_null(1.0) for part in PARTS]
    product = known[0] * known[1] * known[2]
    complete = pl.all_horizontal(pl.col(part).is_not_null() for part in PARTS)
    return parts.with_columns(
        pl.when(complete).then(product).alias("score"),
        pl.when(pl.any_horizontal(pl.col(part).is_not_null() for part in PARTS))
        .then(product)
        .alias("at_most"),
    )


def _part(scored: pl.DataFrame, part: str, disclosure: Disclosure) -> PartKnown:
    known = scored[part].drop_nulls()
    if disclosure.hidden(len(known)):
        return PartKnown(part=part, people=None)
    return PartKnown(
        part=part, people=disclosure.count(len(known)), mean=round(float(known.sum()) / len(known), 2)
    )


def _bands(scored: pl.DataFrame, disclosure: Disclosure) -> list[Band]:
    """People by score in fifths of its range; the highest band holds 1."""
    scores = scored["score"].drop_nulls()
    place = (scores * _BANDS).floor().clip(0, _BANDS - 1).cast(pl.Int64)
    counts = dict(place.value_counts().iter_rows())
    return [
        Band(low=n / _BANDS, high=(n + 1) / _BANDS, people=disclosure.count(counts.get(n, 0)))
        for n in reversed(range(_BANDS))
    ]


def _prospects(scored: pl.DataFrame, limit: int) -> list[Prospect]:
    """First those of whom all is known, the highest score first; then by how high the score can be at most."""
    ordered = scored.with_columns(
        pl.sum_horizontal(pl.col(p).is_not_null() for p in PARTS).alias("known")
    ).sort("known", "at_most", "person_id", descending=[True, True, False], nulls_last=True)
    return [
        Prospect(
            person_id=row["person_id"],
            **{
                name: None if row[name] is None else round(row[name], 3)
                for name in (*PARTS, "score", "at_most")
            },
            because=_because(row),
        )
        for row in ordered.head(limit).iter_rows(named=True)
    ]


def _because(row: dict[str, object]) -> list[str]:
    said = []
    if row["level"] is not None:
        said.append(f"need: interest at level {row['level']}")
    if row["asking"]:
        said.append("need: asks or compares")
    if row["value"] is not None:
        said.append(f"means: value tier {row['value']}")
    if row["owner"]:
        said.append("means: owns something of the kind")
    if row["prices"] is not None:
        said.append(f"means: {row['means_posts']} posts on prices")
    if row["decision"] is not None:
        said.append(f"decision: {row['decision_posts']} posts on who decides")
    return said


def _warnings(tags: list[str], limit: int, shown: int) -> list[str]:
    said = []
    if not tags:
        said.append("no interest is named: need is told by asking and comparing alone; name one with --for")
    if limit and not shown:
        said.append("prospects are shown to role planner only")
    return said

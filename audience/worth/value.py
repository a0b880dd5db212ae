"""What an audience is worth: customers and where they stand, RFM tiers, loyalty, chances of buying and their calibration."""

from __future__ import annotations

import json
from collections.abc import Set
from typing import Any

import polars as pl

from audience.disclosure.group import group_of, spoken_of
from audience.errors import NotMinedError
from audience.query.asked import certain
from audience.worth.answers import Bin, Calibration, Share, Standing, Tier, ValueAnswer, Worth
from graph.intervals import wilson
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home

STATES = ("current", "dormant", "lost", "potential", "unknown")
TIERS = ("high", "middle", "low")
MAX_MEMBERS = 1_000


def value(
    home: Home,
    query: str | None = None,
    limit: int = 0,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> ValueAnswer:
    """What the people of a ``query`` are worth, or (None) everybody of whom touchpoints or posts tell, linked or not.

    ``limit`` members are listed, the highest value first; they need role planner and a query. Aggregates: role analyst.

    Raises:
        BadInputError: a limit out of bounds, or members without a query.
        NotMinedError: nothing has been mined yet.
    """
    require(role, Role.PLANNER if limit else Role.ANALYST)
    if not 0 <= limit <= MAX_MEMBERS:
        raise BadInputError(f"the limit is 0 to {MAX_MEMBERS:,}", "export what is more")
    if limit and query is None:
        raise BadInputError(
            "members come from a query", "for example: renqun value 'customer:current' --limit 20"
        )
    disclosure = disclosure or Disclosure.from_settings()
    lake = Lake(home)
    if not lake.exists("value"):
        raise NotMinedError("what people are worth has not been mined yet")
    table = lake.read("value")
    everybody, spoken = table, None
    asked, hidden = "", ""
    if query is not None:
        spoken = spoken_of(home, query, disclosure)
        asked, hidden = spoken.query, spoken.hidden
        table = _of(spoken.persons, everybody)
    if not hidden and disclosure.hidden(table.height):
        hidden = f"fewer than {disclosure.k} people are known"
    answer = ValueAnswer(
        query=asked, hidden=bool(hidden), reason=hidden, people=None if hidden else disclosure.count(table.height),
        k=disclosure.k,
    )  # fmt: skip
    if not hidden:
        members = _of(group_of(home, query or "", disclosure).persons, everybody) if limit else table.clear()
        known = certain(spoken.found) if spoken else set[tuple[str, str]]()
        state = {value for field, value in known if field == "customer"}
        told = {
            **_told(home, table, everybody, state, disclosure),
            "members": _members(members, limit),
        }
        notes = spoken.notes if spoken else []
        answer = answer.model_copy(update={**told, "warnings": [*notes, *told["warnings"]]})
    record(
        home,
        who,
        role,
        "value",
        {"query": asked, "hidden": answer.hidden, "members": [m.person_id for m in answer.members]},
    )
    return answer


def calibration_of(home: Home, disclosure: Disclosure) -> Calibration | None:
    """The trial of the chances of buying that mining kept; groups of fewer than k people are left out. None without one."""
    try:
        kept = json.loads((home.models / "propensity.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    bins = [
        Bin(**{**group, "people": disclosure.rounded(group["people"])})
        for group in kept["bins"]
        if not disclosure.hidden(group["people"])
    ]
    fields = {
        name: kept[name] for name in ("cut", "horizon_days", "method", "ece", "ece_low", "ece_high", "auc")
    }
    return Calibration(**fields, people=disclosure.rounded(kept["people"]), bins=bins)


def _of(persons: list[str], table: pl.DataFrame) -> pl.DataFrame:
    """The rows of these people, in their order; of whom nothing is known, with nulls."""
    asked = pl.DataFrame({"person_id": persons}, schema={"person_id": pl.String})
    return asked.join(table, on="person_id", how="left", maintain_order="left")


def _told(
    home: Home, table: pl.DataFrame, everybody: pl.DataFrame, state: Set[str], disclosure: Disclosure
) -> dict[str, Any]:
    buyers = table.filter(pl.col("orders") > 0)
    speakers = table.filter(pl.col("own_posts") > 0)
    of_brands = table.filter(pl.col("brand_posts") > 0)
    calibration = calibration_of(home, disclosure)
    warnings = (
        [] if calibration else ["too few people bought in imported touchpoints to learn chances of buying"]
    )
    return {
        "states": _states(table, everybody, state, disclosure),
        "tiers": _tiers(buyers, set(everybody["value"].drop_nulls()), disclosure),
        "repeat_rate": _share_of(buyers, "orders", 2, disclosure),
        "mention_share": _mention_share(of_brands, disclosure),
        "recommends": _share_of(speakers, "recommends", 1, disclosure),
        "calibration": calibration,
        "warnings": warnings,
    }


def _states(
    table: pl.DataFrame, everybody: pl.DataFrame, state: Set[str], disclosure: Disclosure
) -> list[Standing]:
    """How many are in each state; ``state``: the one that all of them were looked for by."""
    counts = dict(table["customer"].fill_null("unknown").value_counts().iter_rows())
    told = disclosure.telling(counts, table.height, state)
    if not state:
        # Of whom nothing is known has no row in the table of everybody.
        there_are = {
            *everybody["customer"].fill_null("unknown"),
            *(() if table is everybody else ("unknown",)),
        }
        told = disclosure.parts(told, counts, table.height, there_are)
    return [
        Standing(customer=state, people=disclosure.count(counts[state]) if state in told else None)
        for state in STATES
    ]


def _tiers(buyers: pl.DataFrame, there_are: Set[str], disclosure: Disclosure) -> list[Tier]:
    """Each tier; shares only where no tier is hidden, since the rest would tell what a hidden one paid."""
    known = buyers.filter(pl.col("value").is_not_null())
    parts = {tier: known.filter(pl.col("value") == tier) for tier in TIERS}
    counts = {tier: rows.height for tier, rows in parts.items() if not disclosure.hidden(rows.height)}
    shown = disclosure.parts(counts, counts, known.height, there_are)
    paid = {tier: float(rows["amount_365d"].sum()) for tier, rows in parts.items()}
    whole = sum(paid.values())
    told = []
    for tier, rows in parts.items():
        if tier not in shown:
            told.append(Tier(tier=tier, people=None))
            continue
        told.append(
            Tier(
                tier=tier,
                people=disclosure.count(rows.height),
                amount_each=_mean(rows["amount_365d"]),
                amount_share=round(paid[tier] / whole, 3) if whole and there_are <= set(shown) else None,
                expected_each=_mean(rows["expected"]),
                orders_each=_mean(rows["orders"]),
            )
        )
    return told


def _mean(values: pl.Series) -> float | None:
    """The mean of three significant digits: no single person's amount can be worked out of it."""
    known = values.drop_nulls()
    return float(f"{float(known.sum()) / len(known):.3g}") if len(known) else None


def _mention_share(people: pl.DataFrame, disclosure: Disclosure) -> Share | None:
    """Our brands' share of their posts on tracked brands; None where fewer than k people wrote those."""
    ours = people.filter(pl.col("own_posts") > 0)
    if disclosure.hidden(ours.height):
        return None
    return _share(int(people["own_posts"].sum()), int(people["brand_posts"].sum()), disclosure)


def _share_of(people: pl.DataFrame, column: str, least: int, disclosure: Disclosure) -> Share | None:
    """The share of people with ``least`` or more of something; None where those, or the others, are fewer than k."""
    number = int((people[column] >= least).sum())
    if disclosure.hidden(number) or disclosure.hidden(people.height - number):
        return None
    return _share(number, people.height, disclosure)


def _share(count: int, total: int, disclosure: Disclosure) -> Share:
    """From rounded counts, with its interval."""
    count, total = disclosure.rounded(count), max(disclosure.rounded(total), disclosure.round_to)
    low, high = wilson(min(count, total), total)
    return Share(value=round(min(1.0, count / total), 4), low=round(low, 4), high=round(high, 4), of=total)


def _members(table: pl.DataFrame, limit: int) -> list[Worth]:
    if not limit:
        return []
    points = pl.sum_horizontal("recency", "frequency", "monetary")
    ordered = table.with_columns(points.alias("points")).sort(
        "points", "amount_365d", "expected", "person_id", descending=[True, True, True, False], nulls_last=True
    )  # fmt: skip
    return [
        Worth(
            person_id=row["person_id"],
            **{
                name: row[name]
                for name in ("customer", "customer_from", "value", "recency", "frequency", "monetary")
            },
            orders=row["orders"] or 0,
            existing=row["amount_365d"],
            potential=None if row["expected"] is None else round(row["expected"], 2),
            propensity=None if row["propensity"] is None else round(row["propensity"], 4),
            influence=row["hearers"] or 0,
            recommends=row["recommends"] or 0,
            own_share=round(row["own_posts"] / row["brand_posts"], 3) if row["brand_posts"] else None,
        )
        for row in ordered.head(limit).iter_rows(named=True)
    ]

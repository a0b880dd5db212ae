"""What a campaign brought beyond what would have come anyway, in whom, at what price, and what more of it would bring."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import select

from campaigns.answers import ArmAnswer, CampaignReport, Curve, Interval, ScaleUp, Settings, Slice
from campaigns.make import campaign_row
from campaigns.outcomes import refused_of
from campaigns.split import ArmName
from campaigns.state import connect, member_table, outcome_table
from campaigns.stats import Arm, Estimate, complier_lift, lift, mean_difference, relative_lift
from campaigns.uplift import Floats, qini, response_scores, uplift_scores
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import blocked

FACETS = ("region", "source", "activity", "customer", "value", "level", "influence")
_TENTHS = 10
_TAG_SHARE = 0.05  # interests that fewer share tell the models nothing
_MIN_CONVERSIONS = 30  # to learn whom a contact moves
_SLICES = 12


@dataclass(frozen=True, slots=True)
class _Data:
    """Members of test and control with what came of each: columns person_id, tested, score, reached, converted, amount."""

    rows: pl.DataFrame
    traits: list[dict[str, Any]]
    holdout: pl.DataFrame

    def arm(self, tested: bool, among: pl.Series | None = None) -> Arm:
        rows = self.rows if among is None else self.rows.filter(among)
        own = rows.filter(pl.col("tested") == tested)
        return Arm(own.height, int(own["converted"].sum()))


def report(
    home: Home,
    name: str,
    scale: int | None = None,
    role: Role = Role.PLANNER,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> CampaignReport:
    """The lift as assigned, with its interval, overall and by score and facet; orders by qini; cost; ``scale`` people more.

    Everybody who was split counts in the arm they were given, whoever was reached. Parts of fewer than k people in an arm
    are hidden. Needs role planner; audited. Raises NotFoundError, and BadInputError for a ``scale`` under 1.
    """
    require(role, Role.PLANNER)
    disclosure = disclosure or Disclosure.from_settings()
    if scale is not None and scale < 1:
        raise BadInputError("a scale-up is to 1 person or more", "--scale 100000")
    row = campaign_row(home, name)
    settings = Settings.model_validate_json(row["settings"])
    data = _data(home, name)
    record(home, who, role, "campaign report", {"campaign": name})
    test, control = data.arm(True), data.arm(False)
    base = CampaignReport(
        name=name,
        audience=row["audience"],
        starts=row["starts"],
        ends=row["ends"],
        running=datetime.now(UTC) < datetime.fromisoformat(row["ends"]),
        arms=_arms(data),
        verdict="no outcomes yet: renqun campaign outcomes " + name + " FILE",
        refused=refused_of(home, name),
    )
    if not (test.converted or control.converted) or not test.people or not control.people:
        return base.model_copy(update={"warnings": _warnings(base, data)})
    effect = lift(test, control)
    among = _among_reached(data, effect)
    relative = relative_lift(test, control)
    money = _money(data)
    incremental = effect.times(test.people)
    cost = None if settings.contact_cost is None else settings.contact_cost * test.people
    answer = base.model_copy(
        update={
            "verdict": _verdict(effect),
            "lift": _interval(effect),
            "relative": relative and _interval(relative),
            "among_reached": among and _interval(among),
            "amount_each": money and _interval(money, 4),
            "incremental": _interval(incremental, 2),
            "cost": cost,
            "cost_each": _cost_each(cost, incremental),
            "by_score": _by_score(data, disclosure.k),
            "by_facet": _by_facet(data, disclosure.k),
            "curves": _curves(data),
            "scale_up": None if scale is None else _scaled(scale, effect, money, settings.contact_cost),
        }
    )
    return answer.model_copy(update={"warnings": _warnings(answer, data)})


def _data(home: Home, name: str) -> _Data:
    gone = blocked(home)
    with connect(home) as connection:
        members = connection.execute(
            select(member_table.c.person_id, member_table.c.arm, member_table.c.score, member_table.c.traits)
            .where(member_table.c.campaign == name)
            .order_by(member_table.c.person_id)
        ).all()
        outcomes = connection.execute(
            select(outcome_table.c.person_id, outcome_table.c.kind, outcome_table.c.amount).where(
                outcome_table.c.campaign == name
            )
        ).all()
    told = pl.DataFrame(
        [tuple(row) for row in outcomes],
        schema={"person_id": pl.String, "kind": pl.String, "amount": pl.Float64},
        orient="row",
    )
    kind, paid = pl.col("kind"), pl.col("amount")
    of_person = told.group_by("person_id").agg(
        (kind == "contact").any().alias("reached"),
        ((kind == "conversion").sum().cast(pl.Int64) > (kind == "refund").sum().cast(pl.Int64)).alias("converted"),
        pl.when(kind == "refund").then(-paid).when(kind == "conversion").then(paid).otherwise(0).sum().alias("amount"),
    )  # fmt: skip
    kept = [row for row in members if row.person_id not in gone]
    people = pl.DataFrame(
        {
            "person_id": [row.person_id for row in kept],
            "arm": [row.arm for row in kept],
            "score": [row.score for row in kept],
        },
        schema={"person_id": pl.String, "arm": pl.String, "score": pl.Float64},
    ).join(of_person, on="person_id", how="left", maintain_order="left")
    no_contacts = not told.filter(kind == "contact").height
    no_amounts = told["amount"].null_count() == told.height
    people = people.with_columns(
        pl.lit(None, pl.Boolean).alias("reached") if no_contacts else pl.col("reached").fill_null(False),
        pl.col("converted").fill_null(False),
        pl.lit(None, pl.Float64).alias("amount") if no_amounts else pl.col("amount").fill_null(0.0),
        (pl.col("arm") == str(ArmName.TEST)).alias("tested"),
    )
    held = people["arm"] == str(ArmName.HOLDOUT)
    traits = [json.loads(row.traits) for row in kept if row.arm != str(ArmName.HOLDOUT)]
    return _Data(people.filter(~held), traits, people.filter(held))


def _arms(data: _Data) -> list[ArmAnswer]:
    told = []
    for name, rows in (
        (ArmName.TEST, data.rows.filter("tested")),
        (ArmName.CONTROL, data.rows.filter(~pl.col("tested"))),
        (ArmName.HOLDOUT, data.holdout),
    ):
        if not rows.height:
            continue
        arm = Arm(rows.height, int(rows["converted"].sum()))
        low, high = arm.interval
        known = rows["amount"].null_count() < rows.height
        told.append(
            ArmAnswer(
                arm=str(name),
                people=arm.people,
                reached=None if rows["reached"].null_count() else int(rows["reached"].sum()),
                converted=arm.converted,
                rate=round(arm.rate, 6),
                low=round(low, 6),
                high=round(high, 6),
                amount=round(float(rows["amount"].sum()), 2) if known else None,
            )
        )
    return told


def _among_reached(data: _Data, effect: Estimate) -> Estimate | None:
    """The lift among the reached; None where outcomes don't say who was, or everybody was contacted as assigned."""
    if data.rows["reached"].null_count():
        return None
    shares = data.rows.group_by("tested").agg(pl.col("reached").mean())
    reached: dict[bool, float] = dict(shares.iter_rows())
    if reached == {True: 1.0, False: 0.0}:
        return None
    return complier_lift(effect, reached[True], reached[False])


def _money(data: _Data) -> Estimate | None:
    """The difference of what a person paid; None where no row says an amount."""
    if data.rows["amount"].null_count():
        return None
    sums = []
    for tested in (True, False):
        paid = data.rows.filter(pl.col("tested") == tested)["amount"].to_numpy()
        sums.append((len(paid), float(paid.sum()), float((paid**2).sum())))
    return mean_difference(sums[0], sums[1])


def _verdict(effect: Estimate) -> str:
    if effect.low > 0:
        return "the contact brought more than would have come anyway"
    if effect.high < 0:
        return "the contact put people off: fewer converted than would have anyway"
    return "not shown: the interval holds 0, so chance alone could look like this"


def _cost_each(cost: float | None, incremental: Estimate) -> Interval | None:
    """Cost of one more conversion, with the ends of the lift's interval; None where the lift may be 0: no end is known."""
    if cost is None or incremental.low <= 0:
        return None
    return Interval(
        value=round(cost / incremental.value, 4),
        low=round(cost / incremental.high, 4),
        high=round(cost / incremental.low, 4),
    )


def _scaled(people: int, effect: Estimate, money: Estimate | None, contact_cost: float | None) -> ScaleUp:
    return ScaleUp(
        people=people,
        incremental=_interval(effect.times(people), 1),
        amount=None if money is None else _interval(money.times(people), 2),
        cost=None if contact_cost is None else round(contact_cost * people, 2),
    )


def _by_score(data: _Data, k: int) -> list[Slice]:
    """Tenths by the score that people had when the campaign was made; none where they had none."""
    scores = data.rows["score"]
    if scores.null_count() == len(scores):
        return []
    known = data.rows.filter(scores.is_not_null())
    rank = known["score"].rank("random", descending=True, seed=7).to_numpy()
    tenth = np.minimum((rank - 1) * _TENTHS // known.height, _TENTHS - 1).astype(int)
    slices = []
    for number in range(_TENTHS):
        own = _Data(known.filter(pl.Series(tenth == number)), [], data.holdout)
        slices.append(_slice(f"{number * 10}–{number * 10 + 10} %", own, k))
    return slices


def _by_facet(data: _Data, k: int) -> dict[str, list[Slice]]:
    """Each trait's values with the most people; those of too few are hidden."""
    told = {}
    for facet in FACETS:
        values = pl.Series([row.get(facet) or "unknown" for row in data.traits], dtype=pl.String)
        names = values.value_counts(sort=True).to_series(0).head(_SLICES).to_list()
        if len(names) > 1:
            told[facet] = [
                _slice(name, _Data(data.rows.filter(values == name), [], data.holdout), k) for name in names
            ]
    return told


def _slice(label: str, own: _Data, k: int) -> Slice:
    test, control = own.arm(True), own.arm(False)
    if min(test.people, control.people) < k:
        return Slice(label=label, hidden=True)
    return Slice(label=label, test=test.people, control=control.people, lift=_interval(lift(test, control)))


def _curves(data: _Data) -> list[Curve]:
    """Orders by uplift, by response and by the score at hand; none where too few converted to learn from."""
    tested, converted = data.rows["tested"].to_numpy(), data.rows["converted"].to_numpy()
    if min(int(converted[tested].sum()), int(converted[~tested].sum())) < _MIN_CONVERSIONS:
        return []
    features = _features(data.traits)
    orders: dict[str, Floats] = {}
    if features.shape[1]:
        orders["uplift"] = uplift_scores(features, tested, converted)
        orders["response"] = response_scores(features, tested, converted)
    if data.rows["score"].null_count() < data.rows.height:
        orders["score"] = data.rows["score"].fill_null(data.rows["score"].min()).to_numpy()
    curves = []
    for name, scores in orders.items():
        found = qini(scores, tested, converted)
        area = Interval(value=found.coefficient, low=found.low, high=found.high)
        curves.append(Curve(order=name, gains=found.gains, coefficient=area))
    return curves


def _features(traits: list[dict[str, Any]]) -> Floats:
    """A column a value of each facet and a common interest, and the propensity."""
    columns: list[Floats] = []
    for facet in FACETS:
        values = [row.get(facet) or "unknown" for row in traits]
        columns += [np.array([v == one for v in values], dtype=float) for one in _common(values, len(traits))]
    levels = [{entry["tag"]: entry["level"] for entry in row.get("tags") or ()} for row in traits]
    for tag in _common((tag for row in levels for tag in row), len(traits)):
        columns.append(np.array([row.get(tag, 0) / 10 for row in levels]))
    chances = np.array([row.get("propensity", np.nan) for row in traits], dtype=float)
    if np.isfinite(chances).any():
        columns.append(np.nan_to_num(chances, nan=float(np.nanmean(chances))))
    return np.column_stack(columns) if columns else np.zeros((len(traits), 0))


def _common(values: Iterable[str], people: int) -> list[str]:
    counts = pl.Series(list(values), dtype=pl.String).value_counts()
    name = counts.columns[0]
    return sorted(counts.filter(pl.col("count") >= max(_TAG_SHARE * people, 20))[name].to_list())


def _warnings(answer: CampaignReport, data: _Data) -> list[str]:
    said = []
    if answer.running:
        said.append("the window has not ended: conversions are still to come")
    spoilt = data.rows.filter(~pl.col("tested"))["reached"]
    if not spoilt.null_count() and (mistaken := int(spoilt.sum())):
        said.append(
            f"{mistaken:,} people of the control arm were contacted by mistake: the lift as assigned is too small; "
            "among_reached corrects for it"
        )
    missed = data.rows.filter("tested")["reached"]
    if not missed.null_count() and (left := int((~missed).sum())):
        said.append(f"{left:,} people of the test arm were not contacted; they count in it all the same")
    if answer.by_facet:
        count = sum(len(parts) for parts in answer.by_facet.values())
        said.append(
            f"of {count} parts one in twenty looks different by chance alone: test again before acting on one"
        )
    return said


def _interval(estimate: Estimate, digits: int = 6) -> Interval:
    return Interval(
        value=round(estimate.value, digits),
        low=round(estimate.low, digits),
        high=round(estimate.high, digits),
    )

"""What a campaign brought beyond what would have come anyway, in whom, at what price, and what more of it would bring."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from campaigns.answers import ArmAnswer, CampaignReport, Interval, ScaleUp, Settings
from campaigns.make import campaign_row, is_past
from campaigns.outcomes import refused_of
from campaigns.parts import MIN_CONVERSIONS, by_facet, by_score, curves
from campaigns.results import Results, results_of
from campaigns.split import ArmName
from campaigns.stats import Arm, Estimate, complier_lift, lift, mean_difference, relative_lift
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError
from privacy.home import Home


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
    results = results_of(home, name)
    record(home, who, role, "campaign report", {"campaign": name})
    test, control = results.arm(True), results.arm(False)
    base = CampaignReport(
        name=name,
        audience=row["audience"],
        starts=row["starts"],
        ends=row["ends"],
        running=datetime.now(UTC) < datetime.fromisoformat(row["ends"]),
        past=is_past(row),
        arms=_arms(results),
        verdict="no outcomes yet: renqun campaign outcomes " + name + " FILE",
        refused=refused_of(home, name),
    )
    if not (test.converted or control.converted) or not test.people or not control.people:
        return base.model_copy(update={"warnings": _warnings(base, results)})
    effect = lift(test, control)
    among = _among_reached(results, effect)
    relative = relative_lift(test, control)
    money = _money(results)
    incremental = effect.times(test.people)
    cost = None if settings.contact_cost is None else settings.contact_cost * test.people
    answer = base.model_copy(
        update={
            "verdict": _verdict(effect, base.past),
            "lift": _interval(effect),
            "relative": relative and _interval(relative),
            "among_reached": among and _interval(among),
            "amount_each": money and _interval(money, 4),
            "incremental": _interval(incremental, 2),
            "cost": cost,
            "cost_each": _cost_each(cost, incremental),
            "by_score": by_score(results, disclosure.k),
            "by_facet": by_facet(results, disclosure.k),
            "curves": curves(results),
            "scale_up": None if scale is None else _scaled(scale, effect, money, settings.contact_cost),
        }
    )
    return answer.model_copy(update={"warnings": _warnings(answer, results)})


def _arms(results: Results) -> list[ArmAnswer]:
    told = []
    for name, rows in (
        (ArmName.TEST, results.rows.filter("tested")),
        (ArmName.CONTROL, results.rows.filter(~pl.col("tested"))),
        (ArmName.HOLDOUT, results.holdout),
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


def _among_reached(results: Results, effect: Estimate) -> Estimate | None:
    """The lift among the reached; None where outcomes don't say who was, or everybody was contacted as assigned."""
    if results.rows["reached"].null_count():
        return None
    shares = results.rows.group_by("tested").agg(pl.col("reached").mean())
    reached: dict[bool, float] = dict(shares.iter_rows())
    if reached == {True: 1.0, False: 0.0}:
        return None
    return complier_lift(effect, reached[True], reached[False])


def _money(results: Results) -> Estimate | None:
    """The difference of what a person paid; None where no row says an amount."""
    if results.rows["amount"].null_count():
        return None
    sums = []
    for tested in (True, False):
        paid = results.rows.filter(pl.col("tested") == tested)["amount"].to_numpy()
        sums.append((len(paid), float(paid.sum()), float((paid**2).sum())))
    return mean_difference(sums[0], sums[1])


def _verdict(effect: Estimate, past: bool) -> str:
    if effect.low > 0:
        said = "the contact brought more than would have come anyway"
    elif effect.high < 0:
        said = "the contact put people off: fewer converted than would have anyway"
    else:
        return "not shown: the interval holds 0, so chance alone could look like this"
    return (
        f"not proven, since the split was drawn after the start; had it been before: {said}" if past else said
    )


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


def _warnings(answer: CampaignReport, results: Results) -> list[str]:
    said = []
    if answer.past:
        said.append(
            "entered afterwards: nothing here holds unless those who were contacted are those whom this split names"
        )
    if answer.running:
        said.append("the window has not ended: conversions are still to come")
    spoilt = results.rows.filter(~pl.col("tested"))["reached"]
    if not spoilt.null_count() and (mistaken := int(spoilt.sum())):
        said.append(
            f"{mistaken:,} people of the control arm were contacted by mistake: the lift as assigned is too small; "
            "among_reached corrects for it"
        )
    missed = results.rows.filter("tested")["reached"]
    if not missed.null_count() and (left := int((~missed).sum())):
        said.append(f"{left:,} people of the test arm were not contacted; they count in it all the same")
    tested, control = results.arm(True).converted, results.arm(False).converted
    if answer.lift and min(tested, control) < MIN_CONVERSIONS:
        said.append(
            f"no order of people is judged (qini): that takes {MIN_CONVERSIONS} conversions in each arm, and here are "
            f"{tested:,} in test and {control:,} in control"
        )
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

"""Campaigns in the terminal: plans, splits, outcomes, suppression, activation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import count, day, days, last_day, number_of, percent, table
from campaigns.answers import (
    ActivationReport,
    CampaignAnswer,
    OutcomeReport,
    Plan,
    Suppressed,
    SuppressReport,
)
from campaigns.split import TYPICAL_RATE

ENTERED = "Entered afterwards: this split was drawn after the start, and proves nothing of who was contacted otherwise."


def plan_view(plan: Plan) -> RenderableType:
    """What a test takes, in a few lines."""
    lines = [
        f"Rate of those left alone: {percent(plan.baseline)}. Power {plan.power:.0%}, two-sided alpha {plan.alpha:g}."
    ]
    if plan.difference is None or plan.total is None:
        lines.append(f"No lift can be shown by {count(plan.available)} people.")
        return Text("\n".join(lines))
    lift = f"{plan.difference * 100:.2f} points ({plan.relative:+.0%} of the rate)"
    if plan.available is not None:
        more = "few or no" if plan.not_listable is None else f"{plan.not_listable:,}"
        lines.append(f"The audience has {plan.available:,} people; {more} more may not be listed.")
    if plan.available is not None and plan.enough is None:
        lines.append(
            f"The smallest lift that they can show is {lift}. If you expect less, widen the audience: --lift 20% says how far."
        )
        return Text("\n".join(lines))
    lines.append(
        f"To show a lift of {lift}: {plan.test:,} people in test and {plan.control:,} in control, {plan.total:,} in all."
    )
    if plan.enough is not None:
        lines.append(
            "The audience is large enough."
            if plan.enough
            else "Too few: widen it, or look for a larger lift."
        )
    return Text("\n".join(lines))


def campaign_view(campaign: CampaignAnswer) -> RenderableType:
    """One campaign as it was made."""
    settings = campaign.settings
    grid = table("arm", "people", right=("people",))
    for arm in campaign.arms:
        grid.add_row(arm.arm, f"{arm.people:,}")
    seen = campaign.detectable
    lines = [
        f"{campaign.name}: {campaign.audience}",
        f"{days(campaign.starts, campaign.ends)}; at most {settings.max_contacts} contacts in "
        f"{settings.per_days} days, {settings.cool_down_days} days apart",
        f"{campaign.found:,} people found; {_left_out(campaign.left_out)}",
        f"Split evenly over {campaign.strata} strata of {', '.join(settings.strata) or 'nothing'}",
    ]
    shown = "none" if seen is None else f"{seen * 100:.2f} points"
    rate = settings.baseline
    over = f"{TYPICAL_RATE:.0%} (assumed; --baseline says yours)" if rate is None else percent(rate)
    parts: list[RenderableType] = [
        Text("\n".join(lines)),
        grid,
        Text(f"Smallest lift over a rate of {over} that it shows: {shown}"),
    ]
    if campaign.past:
        parts.insert(0, Text(ENTERED, style="bold yellow"))
    return Group(*parts)


def campaigns_view(campaigns: Sequence[CampaignAnswer]) -> RenderableType:
    """All campaigns, one a row."""
    grid = table(
        "campaign",
        "audience",
        "starts",
        "last day",
        "test",
        "control",
        right=("test", "control"),
        fixed=("starts", "last day"),
        spare=("last day", "starts"),
    )
    for one in campaigns:
        people = {arm.arm: f"{arm.people:,}" for arm in one.arms}
        grid.add_row(
            one.name, one.audience, day(one.starts), last_day(one.ends),
            people.get("test", "0"), people.get("control", "0"),
        )  # fmt: skip
    return grid


def outcomes_view(report: OutcomeReport) -> RenderableType:
    """What became of the rows of a file."""
    lines = [
        f"{number_of(report.rows, 'row')}: {number_of(report.counted, 'outcome')} counted, {number_of(report.contacts, 'contact')}"
    ]
    if report.objections:
        lines.append(
            f"complaints, unsubscribes and blocks: {number_of(report.objections, 'row')}, {report.suppressed:,} people newly suppressed"
        )
    if report.control_contacts:
        lines.append(f"{report.control_contacts:,} people of the control were contacted by mistake")
    lines += [
        f"not counted: {number_of(number, 'row')}, {reason}" for reason, number in report.refused.items()
    ]
    if report.refused:
        lines.append("The rows are kept: renqun rejects")
    return Text("\n".join(lines))


def suppress_view(report: SuppressReport) -> RenderableType:
    """What became of a list."""
    return Text(
        f"{number_of(report.rows, 'row')}: {report.added:,} suppressed, {report.already:,} were already, {report.unknown:,} name nobody known"
    )


def suppressed_view(answer: Suppressed) -> RenderableType:
    """How many may not be contacted."""
    grid = table("reason", "people", right=("people",))
    for reason, people in answer.reasons.items():
        grid.add_row(reason, count(people))
    return Group(
        grid, Text(f"In all: {count(answer.total)}. Opt-outs are in the register of withheld accounts.")
    )


def activation_view(report: ActivationReport) -> RenderableType:
    """What a file holds, without a name."""
    return Text(
        f"{report.people:,} people in {report.rows:,} rows written to {report.path}; {_left_out(report.left_out)}.\n"
        "The file holds names: keep it as the purpose needs it, then delete it."
    )


def _left_out(reasons: Mapping[str, int | None]) -> str:
    told = [f"{'few' if people is None else f'{people:,}'} {reason}" for reason, people in reasons.items()]
    return "left out: " + (", ".join(told) or "nobody")

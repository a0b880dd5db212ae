"""What a campaign brought, in the terminal: arms, lift with interval, parts, curves, cost and scale-up."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import between, count, days, number_of, percent, sparkline, table
from api.render.grid import Grid
from campaigns.answers import CampaignReport, Interval, Slice


def report_view(report: CampaignReport) -> RenderableType:
    """The whole report."""
    parts: list[RenderableType] = [
        Text(f"{report.name}: {report.audience} · {days(report.starts, report.ends)}"),
        _arms(report),
        Text(_capital(report.verdict) + ".", style="bold yellow" if report.past else "bold"),
    ]
    parts += [Text(line) for line in _lines(report)]
    if report.by_score:
        parts.append(_slices("by score, best first", report.by_score))
    parts += [_slices(f"by {facet}", slices) for facet, slices in report.by_facet.items()]
    if report.curves:
        parts.append(_curves(report))
    parts += [
        Text(f"not counted: {number_of(rows, 'row')}, {why}", style="dim")
        for why, rows in report.refused.items()
    ]
    parts += [Text(f"note: {warning}", style="yellow") for warning in report.warnings]
    return Group(*parts)


def _arms(report: CampaignReport) -> Grid:
    heads = ("arm", "people", "contacted", "converted", "rate", "95 %", "amount")
    grid = table(*heads, right=heads[1:], spare=("people", "amount", "contacted"))
    for arm in report.arms:
        reached = "–" if arm.reached is None else f"{arm.reached:,}"
        amount = "–" if arm.amount is None else f"{arm.amount:,.0f}"
        grid.add_row(
            arm.arm, f"{arm.people:,}", reached, f"{arm.converted:,}", percent(arm.rate), between(arm.low, arm.high), amount
        )  # fmt: skip
    return grid


def _lines(report: CampaignReport) -> list[str]:
    lines = []
    if report.lift:
        lines.append(
            f"Lift: {_points(report.lift)}"
            + (f"; {_signed(report.relative)} of the rate" if report.relative else "")
        )
    if report.among_reached:
        lines.append(f"Among those reached: {_points(report.among_reached)}")
    if report.incremental:
        lines.append(f"Conversions that would not have come anyway: {_plain(report.incremental, 0)}")
    if report.amount_each:
        lines.append(f"Paid more a person: {_plain(report.amount_each, 2)}")
    if report.cost is not None:
        each = (
            f"; each of them cost {_plain(report.cost_each, 2)}"
            if report.cost_each
            else "; the price of one can't be told yet"
        )
        lines.append(f"Cost: {report.cost:,.2f}{each}")
    if report.scale_up:
        scale = report.scale_up
        lines.append(f"Among {scale.people:,} people: {_plain(scale.incremental, 0)} more conversions" +
                     (f", {_plain(scale.amount, 0)} more paid" if scale.amount else "") +
                     (f", for {scale.cost:,.0f}" if scale.cost is not None else "") + f" (assumes {scale.assumes})")  # fmt: skip
    return lines


def _slices(title: str, slices: list[Slice]) -> Grid:
    grid = table("", "test", "control", "lift", right=("test", "control"), title=title)
    for one in slices:
        lift = "hidden: few people" if one.hidden or one.lift is None else _points(one.lift)
        grid.add_row(one.label, count(one.test), count(one.control), lift)
    return grid


def _curves(report: CampaignReport) -> Grid:
    grid = table(
        "order by",
        "incremental by tenths",
        "last tenth",
        "qini",
        right=("last tenth", "qini"),
        fixed=("incremental by tenths",),
    )
    for curve in report.curves:
        area = curve.coefficient
        told = f"{area.value:.4f} ({area.low:.4f} to {area.high:.4f})"
        grid.add_row(
            curve.order, sparkline([max(gain, 0.0) for gain in curve.gains]), f"{curve.gains[-1]:,.0f}", told
        )
    return grid


def _points(value: Interval) -> str:
    return f"{value.value * 100:+.2f} points ({value.low * 100:+.2f} to {value.high * 100:+.2f})"


def _signed(value: Interval) -> str:
    return f"{value.value:+.0%} ({value.low:+.0%} to {value.high:+.0%})"


def _plain(value: Interval, digits: int) -> str:
    return f"{value.value:,.{digits}f} ({value.low:,.{digits}f} to {value.high:,.{digits}f})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

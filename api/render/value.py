"""What people are worth, in the terminal: states, tiers, loyalty, calibration; and prospects with their three parts."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from api.render.console import bar, between, count, percent, table
from api.render.grid import Grid
from api.render.search import short_id
from audience.worth.answers import Calibration, Share, TargetAnswer, ValueAnswer, Worth


def value_view(answer: ValueAnswer) -> RenderableType:
    """The whole answer."""
    if answer.hidden:
        return Text(f"Hidden: {answer.reason}.", style="yellow")
    parts: list[RenderableType] = [Text(f"{count(answer.people)} people of whom something is known")]
    states = table("customer", "people", right=("people",))
    for state in answer.states:
        states.add_row(state.customer, count(state.people))
    parts += [states, _tiers(answer)]
    for label, share in (
        ("Buyers who bought again", answer.repeat_rate),
        ("Our share of what is said of tracked brands", answer.mention_share),
        ("People who speak of us and recommend us", answer.recommends),
    ):
        parts.append(Text(f"{label}: {_share(share)}"))
    if answer.calibration:
        parts.append(_calibration(answer.calibration))
    if answer.members:
        parts.append(_members(answer.members))
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    return Group(*parts)


def target_view(answer: TargetAnswer) -> RenderableType:
    """The whole answer."""
    if answer.hidden:
        return Text(f"Hidden: {answer.reason}.", style="yellow")
    of = "、".join(answer.interests) or "no named interest"
    known = table("part", "known of", "mean", right=("known of", "mean"))
    for part in answer.parts:
        known.add_row(part.part, count(part.people), _part(part.mean))
    bands = table("score", "people", right=("people",))
    for band in answer.bands:
        bands.add_row(f"{band.low:.1f}–{band.high:.1f}", count(band.people))
    parts: list[RenderableType] = [Text(f"{count(answer.people)} people; need of {of}"), known, bands]
    if answer.prospects:
        heads = ("person", "need", "means", "decision", "score", "because")
        grid = table(*heads, right=heads[1:5], fixed=heads[:1])
        for one in answer.prospects:
            score = f"{one.score:.2f}" if one.score is not None else f"<= {_part(one.at_most)}"
            grid.add_row(
                short_id(one.person_id), *map(_part, (one.need, one.means, one.decision)), score, "; ".join(one.because)
            )  # fmt: skip
        parts.append(grid)
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    return Group(*parts)


def _tiers(answer: ValueAnswer) -> Grid:
    heads = ("tier", "people", "paid in a year", "of all paid", "expected next", "orders")
    grid = table(*heads, right=heads[1:])
    for tier in answer.tiers:
        grid.add_row(
            tier.tier, count(tier.people), _number(tier.amount_each), percent(tier.amount_share),
            _number(tier.expected_each), _number(tier.orders_each),
        )  # fmt: skip
    return grid


def _calibration(found: Calibration) -> RenderableType:
    line = (
        f"Chances of buying within {found.horizon_days} days, held against what {found.people:,} people then did: expected "
        f"calibration error {found.ece:.3f} ({found.ece_low:.3f}–{found.ece_high:.3f}), AUC {found.auc:.2f} ({found.method})"
    )
    grid = table(
        "people", "chance said", "bought", "", "95 %", right=("people", "chance said", "bought", "95 %")
    )
    for group in found.bins:
        grid.add_row(
            f"{group.people:,}", percent(group.predicted), percent(group.observed), bar(group.observed, 10),
            between(group.low, group.high),
        )  # fmt: skip
    return Group(Text(line), grid)


def _members(members: list[Worth]) -> Grid:
    heads = ("person", "customer", "tier", "RFM", "orders", "existing", "potential", "hears", "recommends")
    grid = table(*heads, right=heads[3:], fixed=heads[:1])
    for one in members:
        fifths = (one.recency, one.frequency, one.monetary)
        grid.add_row(
            short_id(one.person_id), one.customer or "unknown", one.value or "unknown",
            "".join("–" if fifth is None else str(fifth) for fifth in fifths), str(one.orders), _number(one.existing),
            _number(one.potential), f"{one.influence:,}", str(one.recommends),
        )  # fmt: skip
    return grid


def _share(share: Share | None) -> str:
    if share is None:
        return "hidden: few people"
    return f"{percent(share.value)} ({between(share.low, share.high)}) of {share.of:,}"


def _part(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"

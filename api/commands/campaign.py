"""Campaigns from an audience to what they brought: plan, create, export, outcomes, report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import (
    DEFAULT_ROLE,
    AsJson,
    AsRole,
    FromList,
    HomeDir,
    audience_in,
    home_at,
    role_of,
    say,
    share_of,
    show,
    show_all,
)

app = typer.Typer(
    help="From an audience to a measured outcome: split, export, import what came of it, and see the lift.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(help="The campaign's name.")]
Timezone = Annotated[str, typer.Option(help="For times without a zone.")]


@app.command("plan")
def plan(
    query: Annotated[str | None, typer.Argument(help="The audience, as for search.")] = None,
    baseline: Annotated[
        str, typer.Option(help="Rate of those left alone that you expect, such as 3%.")
    ] = "5%",
    lift: Annotated[
        str | None, typer.Option(help="Rise to be shown, as a share of the baseline: 20%.")
    ] = None,
    power: Annotated[float, typer.Option(help="Chance to see it if it is there.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Chance to see one that is not there.")] = 0.05,
    control: Annotated[str, typer.Option(help="Share of the control.")] = "50%",
    people: FromList = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Say how many people a test takes to show a lift, or which lift an audience can show."""
    from api.render.campaigns import plan_view
    from campaigns.make import plan as ask

    rate = share_of(baseline, "--baseline")
    answer = ask(
        home_at(home),
        rate,
        difference=None if lift is None else rate * share_of(lift, "--lift"),
        audience=audience_in(query, people) if people or query is not None else None,
        power=power,
        alpha=alpha,
        control_share=share_of(control, "--control"),
        role=role_of(role),
    )
    show(answer, as_json, plan_view)


@app.command("create")
def create(
    name: Name,
    query: Annotated[str | None, typer.Argument(help="The audience, as for search.")] = None,
    people: FromList = None,
    control: Annotated[str, typer.Option(help="Share that is left alone, to compare with.")] = "50%",
    holdout: Annotated[str, typer.Option(help="Share of everybody that every campaign leaves alone.")] = "0%",
    strata: Annotated[
        str,
        typer.Option(help="Split evenly in each: region,source,activity,customer,value,level,influence."),
    ] = "region,value",
    size: Annotated[
        int | None, typer.Option(min=1, help="Only so many: the best by score or likeness.")
    ] = None,
    starts: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When contacts begin; default: now.")
    ] = None,
    past: Annotated[
        bool,
        typer.Option("--past", help="Take a start that is past; the report says that it proves nothing."),
    ] = False,
    timezone: Timezone = "Asia/Shanghai",
    window: Annotated[int, typer.Option(min=1, max=365, help="Days in which outcomes count.")] = 30,
    max_contacts: Annotated[
        int, typer.Option(min=1, help="At most so many contacts in --per days, over all campaigns.")
    ] = 3,
    per: Annotated[int, typer.Option(min=1, max=365, help="Days for --max-contacts.")] = 30,
    cool_down: Annotated[int, typer.Option(min=0, max=365, help="Days without contact before.")] = 7,
    cost: Annotated[float | None, typer.Option(min=0, help="What one contact costs.")] = None,
    baseline: Annotated[
        str | None, typer.Option(help="Rate of those left alone that you planned with, such as 3%.")
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Split an audience into a test and a control arm, the same way every time, and keep who is where."""
    from api.render.campaigns import campaign_view
    from campaigns.answers import Settings
    from campaigns.make import create as make
    from campaigns.outcomes import zone

    settings = Settings(
        control_share=_within(share_of(control, "--control"), 0.01, 0.99, "--control"),
        holdout_share=_within(share_of(holdout, "--holdout"), 0.0, 0.5, "--holdout"),
        strata=tuple(name.strip() for name in strata.split(",") if name.strip()),
        max_contacts=max_contacts,
        per_days=per,
        cool_down_days=cool_down,
        window_days=window,
        size=size,
        contact_cost=cost,
        baseline=None
        if baseline is None
        else _within(share_of(baseline, "--baseline"), 0.001, 0.999, "--baseline"),
    )
    answer = make(
        home_at(home),
        name,
        audience_in(query, people),
        settings,
        starts=starts.replace(tzinfo=zone(timezone)) if starts else None,
        role=role_of(role),
        past=past,
    )
    show(answer, as_json, campaign_view)


@app.command("list")
def list_all(home: HomeDir = None, role: AsRole = DEFAULT_ROLE, as_json: AsJson = False) -> None:
    """List the campaigns, the latest first."""
    from api.render.campaigns import campaigns_view
    from campaigns.make import campaigns

    nothing = "No campaigns yet: renqun campaign create NAME QUERY"
    show_all(campaigns(home_at(home), role_of(role)), as_json, campaigns_view, nothing)


@app.command("show")
def show_one(name: Name, home: HomeDir = None, role: AsRole = DEFAULT_ROLE, as_json: AsJson = False) -> None:
    """Show a campaign as it was made: arms, caps, who was left out and why."""
    from api.render.campaigns import campaign_view
    from campaigns.make import show as look

    show(look(home_at(home), name, role_of(role)), as_json, campaign_view)


@app.command("export")
def export(
    name: Name,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="out.csv or out.parquet.")],
    arm: Annotated[str | None, typer.Option(help="test, control or holdout; default: all.")] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Write who is in which arm: pseudonyms, never names. Audited."""
    from campaigns.export import export_members

    report = export_members(home_at(home), name, output, arm, role=role_of(role))
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        say(f"{report.rows:,} people written to {output}")


@app.command("outcomes")
def outcomes(
    name: Name,
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, help="A CSV: who, at; kind, amount, number."),
    ] = None,
    touchpoints: Annotated[
        bool, typer.Option("--touchpoints", help="Instead of a file: what was imported as touchpoints.")
    ] = False,
    timezone: Timezone = "Asia/Shanghai",
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Import what came of it; each row counts once, and what can't be counted is kept with the reason."""
    from api.render.campaigns import outcomes_view
    from campaigns.outcomes import import_outcomes
    from campaigns.touched import take_touchpoints

    if (file is None) == (not touchpoints):
        from privacy.errors import BadInputError

        raise BadInputError("outcomes come from a file, or from --touchpoints", "give one of the two")
    where, who = home_at(home), role_of(role)
    if file is None:
        answer = take_touchpoints(where, name, role=who)
    else:
        answer = import_outcomes(where, name, file, timezone, role=who)
    show(answer, as_json, outcomes_view)


@app.command("report")
def report(
    name: Name,
    scale: Annotated[
        int | None, typer.Option(help="Also what the same would bring among so many people.")
    ] = None,
    home: HomeDir = None,
    role: AsRole = DEFAULT_ROLE,
    as_json: AsJson = False,
) -> None:
    """Say what the campaign brought beyond what would have come anyway, in whom, and what it cost."""
    from api.render.campaign_report import report_view
    from campaigns.report import report as ask

    show(ask(home_at(home), name, scale, role=role_of(role)), as_json, report_view)


@app.command("remove")
def remove(name: Name, home: HomeDir = None, role: AsRole = DEFAULT_ROLE) -> None:
    """Forget a campaign with its arms and outcomes; its contacts still count for caps. Role admin."""
    from campaigns.make import remove as forget

    forget(home_at(home), name, role_of(role))
    say(f"campaign {name} is removed")


def _within(value: float, low: float, high: float, option: str) -> float:
    if not low <= value <= high:
        from privacy.errors import BadInputError

        raise BadInputError(
            f"{option} is {low * 100:g}% to {high * 100:g}%, not {value:.4g}", "write 20% or 0.2"
        )
    return value

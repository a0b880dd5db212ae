"""Who of an audience may be contacted now: not suppressed, not written to too often, not kept apart by another campaign."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import select

from campaigns.answers import Settings
from campaigns.split import ArmName, held_out
from campaigns.state import campaign_table, connect, contact_table, member_table, outcome_table, stamp
from campaigns.suppression import suppressed_people
from lake.persons import by_person, known_people, links_of
from lake.store import Lake
from privacy.home import Home
from privacy.optouts import blocked
from privacy.pseudonyms import Pseudonyms


def exclusions(
    home: Home, persons: list[str], settings: Settings, starts: datetime
) -> tuple[dict[str, Set[str]], list[str]]:
    """Reason to the people whom it leaves out, each under the first that holds; and the held-out among those who remain.

    Reasons: opted out, what ``suppressed_people`` says, control of another campaign, too many contacts, cooling down.
    """
    lake = Lake(home)
    out: dict[str, Set[str]] = {"opted out": blocked(home), **suppressed_people(home, lake)}
    out["control of another campaign"] = set(_controls(home, starts, settings.window_days))
    contacts = contacts_before(home, lake, starts, max(settings.per_days, settings.cool_down_days))
    recent = contacts.filter(pl.col("at") > starts - timedelta(days=settings.per_days))
    often = recent.group_by("person_id").len().filter(pl.col("len") >= settings.max_contacts)
    out["too many contacts"] = set(often["person_id"])
    cooling = contacts.filter(pl.col("at") > starts - timedelta(days=settings.cool_down_days))
    out["cooling down"] = set(cooling["person_id"])
    left, told = set(persons), dict[str, Set[str]]()
    for reason, people in out.items():
        if hit := left & people:
            told[reason] = hit
            left -= hit
    remaining = [person for person in persons if person in left]
    drawn = held_out(Pseudonyms.open(home), remaining, settings.holdout_share)
    return told, [person for person, held in zip(remaining, drawn, strict=True) if held]


def contacts_before(home: Home, lake: Lake, moment: datetime, days: int) -> pl.DataFrame:
    """person_id, at: every contact of the ``days`` before a moment, by campaigns, activations and imported touchpoints.

    A campaign counts once for each person of its test arm, at its start, whether the file was sent yet or not.
    """
    since = moment - timedelta(days=days)
    span = (stamp(since), stamp(moment))
    with connect(home) as connection:
        planned = select(member_table.c.person_id, campaign_table.c.starts).where(
            member_table.c.campaign == campaign_table.c.name,
            member_table.c.arm == str(ArmName.TEST),
            campaign_table.c.starts.between(*span),
        )
        sent = select(contact_table.c.person_id, contact_table.c.at).where(contact_table.c.at.between(*span))
        told = select(outcome_table.c.person_id, outcome_table.c.at).where(
            outcome_table.c.kind == "contact", outcome_table.c.at.between(*span)
        )
        found = [tuple(row) for asked in (planned, sent, told) for row in connection.execute(asked)]
    ours = pl.DataFrame(found, schema={"person_id": pl.String, "at": pl.String}, orient="row").with_columns(
        pl.col("at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", time_zone="UTC")
    )
    rows = lake.read(
        "touchpoints",
        ["account_id", "customer_id", "at"],
        (pl.col("kind") == "contact") & pl.col("at").is_between(since, moment),
    )
    links = links_of(lake)
    theirs = by_person(rows, links, known_people(lake)).select("person_id", "at")
    # One contact told by several sources is one: those of a person on one day count once.
    both = pl.concat([ours, theirs.with_columns(pl.col("at").dt.cast_time_unit("us"))])
    return both.unique(["person_id", "at"]).with_columns(pl.col("at").dt.truncate("1d").alias("day")).unique(
        ["person_id", "day"]
    ).select("person_id", "at")  # fmt: skip


def _controls(home: Home, starts: datetime, window_days: int) -> list[str]:
    """Who is in the control arm of a campaign whose window overlaps: a contact would spoil what it measures."""
    ends = starts + timedelta(days=window_days)
    with connect(home) as connection:
        asked = select(member_table.c.person_id).where(
            member_table.c.campaign == campaign_table.c.name,
            member_table.c.arm == str(ArmName.CONTROL),
            campaign_table.c.starts < stamp(ends),
            campaign_table.c.ends > stamp(starts),
        )
        return list(connection.execute(asked).scalars())

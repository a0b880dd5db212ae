"""What came of a campaign, taken from the touchpoints that were imported already."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from campaigns.answers import OutcomeReport
from campaigns.make import campaign_row
from campaigns.split import ArmName
from campaigns.state import connect, member_table, outcome_table, stamp
from lake.persons import by_person, known_people, links_of
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Role, require
from privacy.errors import ConflictError
from privacy.home import Home

_MARK = "t"  # ids of touchpoints begin with it, those of rows of files never do: they are hexadecimal


def take_touchpoints(home: Home, name: str, role: Role = Role.PLANNER, who: str = "local") -> OutcomeReport:
    """Count the purchases, refunds and contacts of a campaign's people in its window; run again, only new ones are added.

    Contacts count where their promotion is the campaign's name or is not said. Complaints and the like suppress by
    themselves. Raises ConflictError where outcomes of files are there: an order could be in both and count twice.
    """
    require(role, Role.PLANNER)
    campaign = campaign_row(home, name)
    with connect(home) as connection:
        refuse_other_kind(connection, name, of_touchpoints=True)
        seen = set(
            connection.execute(select(outcome_table.c.id).where(outcome_table.c.campaign == name)).scalars()
        )
        members = connection.execute(
            select(member_table.c.person_id, member_table.c.arm).where(member_table.c.campaign == name)
        )
        arms = pl.DataFrame(
            [tuple(row) for row in members], schema={"person_id": pl.String, "arm": pl.String}, orient="row"
        )
    rows = _rows(Lake(home), name, arms, campaign["starts"], campaign["ends"])
    new = rows.filter(~pl.col("id").is_in(list(seen)))
    record(
        home, who, role, "campaign outcomes", {"campaign": name, "rows": rows.height, "counted": new.height}
    )
    if new.height:
        kept = [
            {"campaign": name, "id": row["id"], "person_id": row["person_id"], "at": stamp(row["at"]),
             "kind": row["what_came"], "amount": row["amount"]}
            for row in new.iter_rows(named=True)
        ]  # fmt: skip
        with connect(home) as connection:
            connection.execute(insert(outcome_table).on_conflict_do_nothing(), kept)
    contacts = new.filter(pl.col("what_came") == "contact")
    mistaken = contacts.filter(pl.col("arm") != str(ArmName.TEST))["person_id"].n_unique()
    return OutcomeReport(
        campaign=name,
        rows=rows.height,
        counted=new.height - contacts.height,
        contacts=contacts.height,
        control_contacts=mistaken,
        refused={"counted twice": rows.height - new.height} if rows.height > new.height else {},
    )


def refuse_other_kind(connection: Connection, name: str, of_touchpoints: bool) -> None:
    """Raise ConflictError where a campaign has outcomes of the other kind, files or touchpoints."""
    ours = outcome_table.c.id.startswith(_MARK)
    others = select(outcome_table.c.id).where(
        outcome_table.c.campaign == name, ~ours if of_touchpoints else ours
    )
    if connection.execute(others.limit(1)).first() is not None:
        there, asked = ("files", "touchpoints") if of_touchpoints else ("touchpoints", "a file")
        raise ConflictError(
            f"outcomes of campaign {name!r} came from {there}: from {asked} an order could count twice",
            f"go on with {there}",
        )


def _rows(lake: Lake, name: str, arms: pl.DataFrame, starts: str, ends: str) -> pl.DataFrame:
    """id, person_id, arm, at, what_came, amount of the touchpoints that count."""
    span = pl.col("at").is_between(datetime.fromisoformat(starts), datetime.fromisoformat(ends))
    touched = lake.read(
        "touchpoints",
        ["id", "account_id", "customer_id", "at", "kind", "amount", "outcome", "promotion"],
        span & pl.col("kind").is_in(["purchase", "contact"]),
    )
    links = links_of(lake)
    refund = (pl.col("outcome") == "refund").fill_null(False)
    own = (pl.col("promotion") == name).fill_null(True)
    return (
        by_person(touched, links, known_people(lake))
        .join(arms, on="person_id")
        .filter((pl.col("kind") == "purchase") | own)
        .with_columns(
            pl.when(pl.col("kind") == "contact")
            .then(pl.lit("contact"))
            .when(refund)
            .then(pl.lit("refund"))
            .otherwise(pl.lit("conversion"))
            .alias("what_came")
        )
    )

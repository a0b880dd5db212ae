"""Who was in a campaign and what came of each: the rows that a report counts."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, select

from campaigns.answers import STRATA
from campaigns.split import ArmName
from campaigns.state import connect, member_table, outcome_table
from campaigns.stats import Arm
from privacy.home import Home
from privacy.optouts import blocked

_TRAITS = pl.Struct(
    dict.fromkeys(STRATA, pl.String)
    | {"propensity": pl.Float64, "tags": pl.List(pl.Struct({"tag": pl.String, "level": pl.Int64}))}
)


@dataclass(frozen=True, slots=True)
class Results:
    """Members with what came of each: columns person_id, tested, score, reached, converted, amount, and their traits.

    ``reached`` is null where no outcome says who was contacted, ``amount`` where none says what was paid.
    """

    rows: pl.DataFrame
    holdout: pl.DataFrame

    def arm(self, tested: bool) -> Arm:
        """The people of one arm, and how many of them converted."""
        own = self.rows.filter(pl.col("tested") == tested)
        return Arm(own.height, int(own["converted"].sum()))

    def part(self, chosen: pl.Expr | pl.Series) -> Results:
        """The same of a part of the people."""
        return Results(self.rows.filter(chosen), self.holdout)


def results_of(home: Home, name: str) -> Results:
    """The members of a campaign with their outcomes; people who opted out since are left out."""
    with connect(home) as connection:
        members, told = _members(connection, name), _outcomes(connection, name)
    kind, paid = pl.col("kind"), pl.col("amount")
    of_person = told.group_by("person_id").agg(
        (kind == "contact").any().alias("reached"),
        ((kind == "conversion").sum().cast(pl.Int64) > (kind == "refund").sum().cast(pl.Int64)).alias("converted"),
        pl.when(kind == "refund").then(-paid).when(kind == "conversion").then(paid).otherwise(0).sum().alias("amount"),
    )  # fmt: skip
    gone = pl.Series(sorted(blocked(home)), dtype=pl.String)
    no_contacts = not told.filter(kind == "contact").height
    no_amounts = told["amount"].null_count() == told.height
    people = (
        members.filter(~pl.col("person_id").is_in(gone.implode()))
        .join(of_person, on="person_id", how="left", maintain_order="left")
        .with_columns(
            pl.lit(None, pl.Boolean).alias("reached") if no_contacts else pl.col("reached").fill_null(False),
            pl.col("converted").fill_null(False),
            pl.lit(None, pl.Float64).alias("amount") if no_amounts else pl.col("amount").fill_null(0.0),
            (pl.col("arm") == str(ArmName.TEST)).alias("tested"),
            pl.col("traits").str.json_decode(_TRAITS),
        )
        .unnest("traits")
    )
    held = pl.col("arm") == str(ArmName.HOLDOUT)
    return Results(people.filter(~held), people.filter(held))


def _members(connection: Connection, name: str) -> pl.DataFrame:
    columns = ("person_id", "arm", "score", "traits")
    asked = select(*(member_table.c[column] for column in columns)).where(member_table.c.campaign == name)
    rows = connection.execute(asked.order_by(member_table.c.person_id)).all()
    schema = dict.fromkeys(columns, pl.String) | {"score": pl.Float64}
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def _outcomes(connection: Connection, name: str) -> pl.DataFrame:
    asked = select(outcome_table.c.person_id, outcome_table.c.kind, outcome_table.c.amount)
    rows = connection.execute(asked.where(outcome_table.c.campaign == name)).all()
    schema = {"person_id": pl.String, "kind": pl.String, "amount": pl.Float64}
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")

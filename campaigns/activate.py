"""The only way back to names: a file of handles and customer ids, for a stated purpose, of people who may be contacted."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from sqlalchemy import select

from audience.files import whole
from audience.search.export import cell
from campaigns.answers import ActivationReport
from campaigns.make import campaign_row
from campaigns.members import Asked, audience_of
from campaigns.split import ArmName
from campaigns.state import campaign_table, connect, contact_table, member_table, stamp
from campaigns.suppression import suppressed_people
from lake.persons import known_people, linked_customers, links_of
from lake.store import Lake
from privacy.audit import record
from privacy.disclosure import Disclosure, Role, require
from privacy.errors import BadInputError, ForbiddenError
from privacy.free_text import refuse_unreadable
from privacy.home import Home
from privacy.optouts import blocked
from privacy.policies import load_policies

CAMPAIGN = "campaign:"
COLUMNS = ("source", "native_id", "handle", "url", "customer_id")
_SHORTEST = 8  # characters of a purpose


def activate(
    home: Home,
    asked: Asked,
    path: Path,
    purpose: str,
    role: Role,
    who: str = "local",
    disclosure: Disclosure | None = None,
) -> ActivationReport:
    """Write who is behind an audience to a CSV that its owner alone can read (mode 0600). Needs role activate; audited.

    ``asked`` is a query, a list of people (as a campaign's may be), or ``campaign:NAME`` for the test arm of a campaign. Left out are people who opted out, the
    suppressed, the control and held-out people of campaigns that run, and whoever has no account or customer id from a source
    whose policy entry allows contact. At least k people must remain. The audit trail keeps who asked, why and for how many,
    before the file is there; no name is ever logged.

    Raises:
        BadInputError: no purpose that says something, or a file that is no .csv.
        ForbiddenError: the role is too low, no source allows contact, or fewer than k people remain.
        NotFoundError: there is no such campaign.
    """
    require(role, Role.ACTIVATE)
    disclosure = disclosure or Disclosure.from_settings()
    _check(purpose, path)
    label, persons = _asked(home, asked, disclosure)
    lake = Lake(home)
    left, told = _left(home, lake, persons)
    rows = _names(lake, _contactable(home), left)
    reached = rows["person_id"].n_unique()
    told["no source that allows contact"] = len(left) - reached
    refused = disclosure.hidden(reached)
    detail = {"audience": label, "purpose": purpose, "file": path.name, "people": reached, "refused": refused}
    record(home, who, role, "activate", detail)
    if refused:
        raise ForbiddenError(
            f"fewer than {disclosure.k} people of this audience may be contacted",
            "widen the audience; renqun sources show which sources allow contact",
        )
    whole([path], lambda drafts: _write(drafts[0], rows))
    _remember(home, rows["person_id"].unique().to_list(), asked, purpose)
    return ActivationReport(
        audience=label,
        purpose=purpose,
        path=str(path),
        people=reached,
        rows=rows.height,
        left_out={why: disclosure.count(people) for why, people in told.items() if people},
    )


def _check(purpose: str, path: Path) -> None:
    refuse_unreadable(purpose, "the purpose")
    if len(purpose.strip()) < _SHORTEST:
        raise BadInputError(
            "an activation needs a purpose that says what for",
            '--purpose "spring camping mailing, consent of the loyalty club"',
        )
    if path.suffix.lower() != ".csv":
        raise BadInputError(f"{path.name} is no .csv", "end the file name in .csv")


def _campaign_of(asked: Asked) -> str | None:
    return asked.removeprefix(CAMPAIGN) if isinstance(asked, str) and asked.startswith(CAMPAIGN) else None


def _asked(home: Home, asked: Asked, disclosure: Disclosure) -> tuple[str, list[str]]:
    name = _campaign_of(asked)
    if name is None:
        found = audience_of(home, asked, disclosure)
        return found.label, found.persons
    campaign_row(home, name)
    with connect(home) as connection:
        of_test = select(member_table.c.person_id).where(
            member_table.c.campaign == name, member_table.c.arm == str(ArmName.TEST)
        )
        return CAMPAIGN + name, list(connection.execute(of_test.order_by(member_table.c.person_id)).scalars())


def _left(home: Home, lake: Lake, persons: list[str]) -> tuple[list[str], dict[str, int]]:
    """Who may be contacted, and how many may not, by reason."""
    out = {"opted out": blocked(home), **suppressed_people(home, lake)}
    out["left alone by a campaign"] = _left_alone(home)
    left, told = list(dict.fromkeys(persons)), dict[str, int]()
    for reason, people in out.items():
        kept = [person for person in left if person not in people]
        told[reason] = len(left) - len(kept)
        left = kept
    return left, told


def _left_alone(home: Home) -> set[str]:
    """Control and held-out people of the campaigns whose window has not ended."""
    with connect(home) as connection:
        asked = select(member_table.c.person_id).where(
            member_table.c.campaign == campaign_table.c.name,
            member_table.c.arm.in_([str(ArmName.CONTROL), str(ArmName.HOLDOUT)]),
            campaign_table.c.ends > stamp(datetime.now(UTC)),
        )
        return set(connection.execute(asked).scalars())


def _contactable(home: Home) -> list[str]:
    """The sources whose policy entry allows contact. Raises ForbiddenError where none does."""
    allowed = sorted(policy.source for policy in load_policies(home) if policy.contact_allowed)
    if not allowed:
        raise ForbiddenError(
            "no source allows contact: none has contact_allowed in its policy entry",
            "read the source's terms and ask the people; then renqun sources add NAME --contact-allowed …",
        )
    return allowed


def _names(lake: Lake, sources: list[str], persons: list[str]) -> pl.DataFrame:
    """person_id and COLUMNS: a row an account of an allowed source, and a row a customer id that one told us."""
    asked = pl.DataFrame({"person_id": persons}, schema={"person_id": pl.String})
    people = known_people(lake).join(asked, on="person_id", how="semi")
    accounts = lake.read(
        "names",
        ["account_id", "source", "native_id", "handle", "url"],
        (pl.col("kind") == "account") & pl.col("source").is_in(sources),
    ).join(people, on="account_id")
    told = lake.read("touchpoints", ["source", "customer_id"], pl.col("source").is_in(sources)).drop_nulls()
    linked = linked_customers(links_of(lake), people)
    customers = told.unique().join(linked, on="customer_id")
    columns = ["person_id", *COLUMNS]
    both = pl.concat([accounts, customers], how="diagonal").with_columns(
        pl.lit(None, pl.String).alias(name)
        for name in columns
        if name not in {*accounts.columns, *customers.columns}
    )
    return both.select(columns).unique().sort(columns, nulls_last=True)


def _write(path: Path, rows: pl.DataFrame) -> None:
    """The draft is made readable by its owner alone before a name is in it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([cell(value) for value in row] for row in rows.select(COLUMNS).iter_rows())
        file.flush()
        os.fsync(file.fileno())


def _remember(home: Home, persons: list[str], asked: Asked, purpose: str) -> None:
    """Count these as contacts, so that caps and cool-down see them; a campaign's own are counted by the campaign."""
    if _campaign_of(asked) is not None:
        return
    now = stamp(datetime.now(UTC))
    with connect(home) as connection:
        rows = [{"person_id": person, "at": now, "what": purpose} for person in persons]
        connection.execute(contact_table.insert().prefix_with("OR IGNORE"), rows)

"""The way back to names: who may take it, for what, of whom; and that nothing else shows a name."""

from __future__ import annotations

import csv
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.activate import activate
from campaigns.answers import Settings
from campaigns.eligible import contacts_before
from campaigns.make import create
from campaigns.suppression import suppress
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ForbiddenError, NotFoundError
from privacy.home import Home
from privacy.optouts import block
from privacy.policies import add_policy
from tests.audience.audience_world import account_id
from tests.campaigns.campaign_world import arms, policy, touch

PURPOSE = "spring mailing to the loyalty club"
NOW = datetime.now(UTC)


def written(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_names_come_from_sources_that_allow_contact_alone(shop: Home, tmp_path: Path) -> None:
    touch(
        shop,
        *(
            {"customer_id": f"C{n}", "at": NOW - timedelta(days=40), "kind": "purchase"}
            for n in range(0, 400, 4)
        ),
    )
    file = tmp_path / "people.csv"
    told = activate(shop, "", file, PURPOSE, Role.ACTIVATE)
    rows = written(file)
    assert told.rows == len(rows)
    assert {row["source"] for row in rows} == {"microblog", "crm"}
    assert all(row["handle"].startswith("user") for row in rows if row["source"] == "microblog")
    assert all(row["customer_id"].startswith("C") for row in rows if row["source"] == "crm")
    assert told.left_out["no source that allows contact"] is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [entry, *_] = entries(shop, 1)
    assert (entry.action, entry.role, entry.detail["purpose"]) == ("activate", "activate", PURPOSE)
    assert entry.detail["people"] == told.people
    said = json.dumps([entry.detail for entry in entries(shop, 1_000)]) + told.model_dump_json()
    assert "user1" not in said
    assert '"C4"' not in said


def test_opted_out_suppressed_and_control_people_are_not_in_it(shop: Home, tmp_path: Path) -> None:
    create(shop, "spring", "region:上海", Settings(max_contacts=100, cool_down_days=0), NOW)
    where = arms(shop, "spring")
    control = {person for person, arm in where.items() if arm == "control"}
    block(shop, [account_id(n) for n in range(0, 200, 10)])
    suppress(shop, [{"account_id": account_id(n)} for n in range(1, 200, 10)], "block", Role.PLANNER)
    file = tmp_path / "everybody.csv"
    told = activate(shop, "", file, PURPOSE, Role.ACTIVATE)
    named = {account_id(int(row["native_id"])) for row in written(file)}
    assert not named & control
    assert not named & {account_id(n) for start in (0, 1) for n in range(start, 200, 10)}
    assert {"block", "left alone by a campaign"} <= set(told.left_out)
    test = tmp_path / "test.csv"
    activate(shop, "campaign:spring", test, PURPOSE, Role.ACTIVATE)
    people = dict(Lake(shop).read("profiles", ["account_id", "person_id"]).iter_rows())
    reached = {people[account_id(int(row["native_id"]))] for row in written(test)}
    assert reached <= {person for person, arm in where.items() if arm == "test"}


def test_an_activation_counts_as_a_contact(shop: Home, tmp_path: Path) -> None:
    told = activate(shop, "region:上海", tmp_path / "a.csv", PURPOSE, Role.ACTIVATE)
    later = datetime.now(UTC) + timedelta(days=1)
    assert contacts_before(shop, Lake(shop), later, 7).height == told.people
    create(shop, "next", "", Settings(cool_down_days=7), later)
    reached = set(contacts_before(shop, Lake(shop), later, 7)["person_id"])
    assert not {person for person, arm in arms(shop, "next").items() if arm == "control"} & reached


@pytest.mark.parametrize("role", [Role.ANALYST, Role.PLANNER])
def test_lower_roles_are_refused(shop: Home, tmp_path: Path, role: Role) -> None:
    with pytest.raises(ForbiddenError, match="role activate"):
        activate(shop, "", tmp_path / "a.csv", PURPOSE, role)


@pytest.mark.parametrize("purpose", ["", "   ", "mail"])
def test_a_purpose_must_say_what_for(shop: Home, tmp_path: Path, purpose: str) -> None:
    with pytest.raises(BadInputError, match="needs a purpose"):
        activate(shop, "", tmp_path / "a.csv", purpose, Role.ACTIVATE)
    assert not list(tmp_path.glob("*.csv"))


def test_too_few_people_get_no_file_and_that_is_kept(shop: Home, tmp_path: Path) -> None:
    suppress(shop, [{"account_id": account_id(n)} for n in range(1_490)], "list", Role.PLANNER)
    with pytest.raises(ForbiddenError, match="fewer than 20 people"):
        activate(shop, "", tmp_path / "a.csv", PURPOSE, Role.ACTIVATE)
    assert not list(tmp_path.glob("*.csv"))
    assert entries(shop, 1)[0].detail["refused"] is True


def test_no_source_that_allows_contact_and_no_such_campaign(shop: Home, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="autumn"):
        activate(shop, "campaign:autumn", tmp_path / "a.csv", PURPOSE, Role.ACTIVATE)
    with pytest.raises(BadInputError, match=r"no \.csv"):
        activate(shop, "", tmp_path / "a.txt", PURPOSE, Role.ACTIVATE)
    for source in ("microblog", "crm"):
        add_policy(shop, policy(source, contact=False))
    with pytest.raises(ForbiddenError, match="no source allows contact"):
        activate(shop, "", tmp_path / "a.csv", PURPOSE, Role.ACTIVATE)

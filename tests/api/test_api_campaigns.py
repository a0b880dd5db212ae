"""Campaigns through the command line and the HTTP API, on a home with a known effect."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.examples import campaigns as shown
from api.keys import add_key
from api.routers import campaigns as router
from audience.search.ask import search
from campaigns import answers
from privacy.disclosure import Role
from privacy.home import Home
from tests.api.renqun_process import answered
from tests.campaigns.campaign_world import STARTS, built, csv_of, outcome_rows

SETTINGS = {"max_contacts": 100, "cool_down_days": 0, "contact_cost": 0.5}


@pytest.fixture
def shop(tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(built(), tmp_path / "home")))


@pytest.fixture
def client(shop: Home) -> Iterator[TestClient]:
    with TestClient(create_app(shop), base_url="http://127.0.0.1", client=("127.0.0.1", 5)) as client:
        yield client


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (router.PlanRequest, shown.PLAN_REQUEST),
        (answers.Plan, shown.PLAN_ANSWER),
        (router.CreateRequest, shown.CREATE_REQUEST),
        (answers.CampaignAnswer, shown.CAMPAIGN),
        (answers.OutcomeReport, shown.OUTCOMES),
        (answers.CampaignReport, shown.REPORT),
        (router.SuppressRequest, shown.SUPPRESS_REQUEST),
        (answers.SuppressReport, shown.SUPPRESS_ANSWER),
        (answers.Suppressed, shown.SUPPRESSED),
        (router.ActivateRequest, shown.ACTIVATE_REQUEST),
    ],
)
def test_examples_fit_their_models(model: Any, example: dict[str, Any]) -> None:
    model.model_validate(example)


def test_a_campaign_through_the_command_line(
    shop: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = answered(
        shop, "campaign", "plan", "region:上海", "--baseline", "10%", "--lift", "150%", capsys=capsys
    )
    assert plan["total"] > 0
    made = answered(
        shop, "campaign", "create", "spring", "", "--timezone", "Asia/Shanghai", "--starts", f"{STARTS:%Y-%m-%d}", "--past", "--cost", "0.5",
        "--strata", "region,activity", "--cool-down", "0", "--max-contacts", "9", capsys=capsys,
    )  # fmt: skip
    assert {arm["arm"] for arm in made["arms"]} == {"test", "control"}
    [listed] = answered(shop, "campaign", "list", capsys=capsys)
    assert listed == answered(shop, "campaign", "show", "spring", capsys=capsys) == made
    file = tmp_path / "outcomes.csv"
    file.write_bytes(csv_of(outcome_rows(shop, "spring")))
    told = answered(shop, "campaign", "outcomes", "spring", file, capsys=capsys)
    assert told["counted"] == told["rows"]
    found = answered(shop, "campaign", "report", "spring", "--scale", "50000", capsys=capsys)
    assert found["lift"]["low"] > 0
    assert found["scale_up"]["people"] == 50_000
    assert cli.main(["campaign", "outcomes", "spring", "--home", str(shop.root)]) == 2
    assert "a file, or from --touchpoints" in capsys.readouterr().err
    for words in (
        ("campaign", "report", "spring", "--scale", "50000"),
        ("campaign", "show", "spring"),
        ("campaign", "list"),
        ("campaign", "plan", "--lift", "20%"),
        ("suppress", "add", "C4", "--reason", "complaint"),
        ("suppress", "list"),
        ("campaign", "outcomes", "spring", str(file)),
    ):
        assert cli.main([*words, "--home", str(shop.root)]) == 0
    out = capsys.readouterr().out
    assert "had it been before: the contact brought more than would have come anyway." in " ".join(
        out.split()
    )
    assert "counted twice" in out


def test_activation_through_the_command_line(
    shop: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["activate", "region:上海", "-o", str(tmp_path / "a.csv"), "--home", str(shop.root)]
    assert cli.main([*words, "--purpose", "spring camping mailing"]) == 2
    assert "role activate" in capsys.readouterr().err
    assert cli.main([*words, "--role", "activate"]) == 2
    assert "needs a purpose" in capsys.readouterr().err
    assert cli.main([*words, "--role", "activate", "--purpose", "spring camping mailing"]) == 0
    out = capsys.readouterr()
    assert "people" in out.out
    assert "user" not in out.out + out.err
    assert "user" in (tmp_path / "a.csv").read_text("utf-8-sig")


def test_a_campaign_through_the_api(shop: Home, client: TestClient) -> None:
    asked = {
        "name": "spring",
        "query": "",
        "starts": "2026-07-01T00:00:00+08:00",
        "past": True,
        "settings": SETTINGS,
    }
    made = client.post("/v1/campaigns", json=asked)
    assert made.status_code == 201, made.text
    assert made.json()["starts"] == "2026-06-30T16:00:00Z"
    assert client.get("/v1/campaigns").json() == [made.json()]
    assert client.get("/v1/campaigns/spring").json() == made.json()
    rows = csv_of(outcome_rows(shop, "spring"))
    told = client.post("/v1/campaigns/spring/outcomes", content=rows, headers={"Content-Type": "text/csv"})
    assert told.json()["counted"] == told.json()["rows"], told.text
    both = client.post("/v1/campaigns/spring/outcomes/touchpoints")
    assert both.status_code == 409
    found = client.get("/v1/campaigns/spring/report", params={"scale": 1_000}).json()
    assert found["lift"]["low"] > 0
    members = client.get("/v1/campaigns/spring/export", params={"arm": "control"})
    assert members.text.splitlines()[1].split(",")[1] == "control"
    plan = client.post("/v1/campaigns/plan", json={"baseline": 0.05, "lift": 0.2})
    assert plan.json()["total"] > 10_000


def test_value_and_target_through_the_api(client: TestClient) -> None:
    found = client.get("/v1/value").json()
    assert {state["customer"] for state in found["states"]} == {
        "current",
        "dormant",
        "lost",
        "potential",
        "unknown",
    }
    assert client.get("/v1/value", params={"limit": 5}).status_code == 400
    assert len(client.get("/v1/value", params={"q": "customer:current", "limit": 5}).json()["members"]) == 5
    scored = client.get("/v1/target", params={"q": "region:上海", "need": "露营", "limit": 3}).json()
    assert scored["interests"] == ["露营"]
    assert len(scored["prospects"]) == 3
    unknown = client.get("/v1/target", params={"q": "region:上海", "need": "占星"})
    assert (unknown.status_code, unknown.headers["content-type"]) == (400, "application/problem+json")


def test_what_is_wrong_comes_as_a_problem(client: TestClient) -> None:
    asked = {"name": "spring", "query": "", "starts": STARTS.isoformat(), "past": True, "settings": SETTINGS}
    assert client.get("/v1/campaigns/autumn/report").status_code == 404
    assert client.post("/v1/campaigns", json={"name": "x"}).status_code == 422
    assert client.post("/v1/campaigns", json=asked).status_code == 201
    again = client.post("/v1/campaigns", json=asked)
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    empty = client.post("/v1/campaigns/spring/outcomes", content=b"", headers={"Content-Type": "text/csv"})
    assert empty.status_code in (400, 422)
    assert client.delete("/v1/campaigns/spring").status_code == 403  # this machine acts as planner
    few = client.post("/v1/campaigns", json={"name": "few", "people": [{"customer_id": "C4"}]})
    assert few.status_code == 403


def test_people_are_suppressed_and_activated_by_role(shop: Home, client: TestClient) -> None:
    told = client.post("/v1/suppressed", json={"people": [{"customer_id": "C4"}], "reason": "complaint"})
    assert told.json()["added"] == 1
    assert client.get("/v1/suppressed").json()["total"] is None
    asked = {"audience": "region:上海", "purpose": "spring camping mailing"}
    assert client.post("/v1/activate", json=asked).status_code == 403
    key = add_key(shop, "mailer", Role.ACTIVATE)
    file = client.post("/v1/activate", json=asked, headers={"Authorization": f"Bearer {key}"})
    assert file.status_code == 200, file.text
    assert file.headers["cache-control"] == "no-store"
    assert file.text.splitlines()[0].lstrip("\ufeff") == "source,native_id,handle,url,customer_id"
    unsaid = client.post(
        "/v1/activate", json=asked | {"purpose": ""}, headers={"Authorization": f"Bearer {key}"}
    )
    assert unsaid.status_code == 400


def test_an_export_says_how_many_are_not_in_it(
    shop: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    assert cli.main(["export", "region:上海", "-o", str(file), "--home", str(shop.root)]) == 0
    told = capsys.readouterr().err
    people = len(file.read_text("utf-8-sig").splitlines()) - 1
    total = search(shop, "region:上海", limit=0).total
    assert total is not None
    left = re.search(rf"{people:,} people written to .*; ([\d,]+) more may not be listed", told)
    assert left is not None, told
    assert abs(int(left[1]) - (total - people)) <= 5

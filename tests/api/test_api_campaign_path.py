"""From a seed list to a measured outcome and back to names, through the command line and through the HTTP API."""

from __future__ import annotations

import json
import random
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import cli
from api.app import create_app
from api.keys import add_key
from privacy.disclosure import Role
from privacy.home import Home
from tests.api.renqun_process import answered
from tests.campaigns.campaign_world import arms, listable_customers, shop_of_orders

SEEDS, SIZE = 120, 300
PURPOSE = "spring camping mailing, loyalty club consent"


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of imported orders alone, mined: three kinds of customers, each known by a customer id and nothing else."""
    return shop_of_orders(tmp_path_factory.mktemp("orders"))


@pytest.fixture
def client(orders: Home) -> Iterator[TestClient]:
    with TestClient(create_app(orders), base_url="http://127.0.0.1", client=("127.0.0.1", 5)) as client:
        yield client


def activated(home: Home, *whom: str | Path, names: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    words = ("activate", *whom, "-o", names, "--role", "activate", "--purpose", PURPOSE)
    return answered(home, *words, capsys=capsys)


def outcomes_of(customers: Mapping[str, str], where: Mapping[str, str]) -> str:
    """What the shop's own system says after the window: the contacted bought three times as often."""
    rng = random.Random(9)
    rates = {"test": 0.3, "control": 0.1}
    lines = ["客户编号,时间,事件,金额"]
    for customer, person in customers.items():
        arm = where.get(person)
        if arm == "test":
            lines.append(f"{customer},2026-07-02,短信,")
        if arm in rates and rng.random() < rates[arm]:
            lines.append(f"{customer},2026-07-{rng.randint(3, 20):02d} 20:15,购买,{rng.randint(80, 120)}")
    return "\n".join([*lines, ""])


def names_in(text: str) -> set[str]:
    """The customer ids of an activation."""
    return {line.split(",")[4] for line in text.lstrip("\ufeff").splitlines()[1:]}


def test_a_lookalike_list_goes_the_whole_way_in_the_terminal(
    orders: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    customers = listable_customers(orders)
    seeds, like, members, file, names = (
        tmp_path / name for name in ("种子.csv", "like.json", "members.csv", "结果.csv", "people.csv")
    )
    seeds.write_bytes(("客户编号\n" + "\n".join(f"K{n}" for n in range(0, 3 * SEEDS, 3))).encode("gb18030"))
    found = answered(orders, "lookalike", seeds, "--size", str(SIZE), capsys=capsys)
    assert found["seeds"]["resolved"] == SEEDS
    assert len(found["candidates"]) == SIZE
    assert all(one["reasons"] for one in found["candidates"][:20])
    like.write_text(json.dumps(found), "utf-8")
    plan = answered(orders, "campaign", "plan", "--list", like, "--baseline", "10%", capsys=capsys)
    assert plan["available"] == SIZE
    made = answered(orders, "campaign", "create", "露营春季", "--list", like, "--starts", "2026-07-01", "--past", "--strata", "value",
               "--cost", "0.5", "--cool-down", "0", capsys=capsys)  # fmt: skip
    assert sum(arm["people"] for arm in made["arms"]) == SIZE
    assert cli.main(["campaign", "export", "露营春季", "-o", str(members), "--home", str(orders.root)]) == 0
    assert len(members.read_text("utf-8-sig").splitlines()) == SIZE + 1
    assert not {*customers} & {
        cell for line in members.open(encoding="utf-8-sig") for cell in line.split(",")
    }
    file.write_bytes(outcomes_of(customers, arms(orders, "露营春季")).encode("gb18030"))
    told = answered(orders, "campaign", "outcomes", "露营春季", file, capsys=capsys)
    assert told["counted"] + told["contacts"] == told["rows"]
    report = answered(orders, "campaign", "report", "露营春季", "--scale", "100000", capsys=capsys)
    assert report["lift"]["low"] > 0
    # A tenth of 300 has too few people in an arm to be told: fifths have enough.
    assert [one["label"] for one in report["by_score"]] == [
        "0–20 %",
        "20–40 %",
        "40–60 %",
        "60–80 %",
        "80–100 %",
    ]
    assert not any(one["hidden"] for one in report["by_score"])
    assert report["cost_each"]["low"] <= report["cost_each"]["value"] <= report["cost_each"]["high"]
    assert report["scale_up"]["incremental"]["low"] > 0
    answered(orders, "suppress", "add", "K1", "--reason", "complaint", capsys=capsys)
    test_arm = {
        customer for customer, person in customers.items() if arms(orders, "露营春季").get(person) == "test"
    }
    told = activated(orders, "campaign:露营春季", names=names, capsys=capsys)
    assert stat.S_IMODE(names.stat().st_mode) == 0o600
    assert names_in(names.read_text("utf-8")) == test_arm - {"K1"}
    # The list itself may be activated too, but for those whom a running campaign leaves alone.
    told = activated(orders, "--list", like, names=names, capsys=capsys)
    assert told["people"] == len(names_in(names.read_text("utf-8")))
    assert told["audience"] == "like.json"


def test_a_saved_segment_goes_the_whole_way_in_the_terminal(
    orders: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    customers = listable_customers(orders)
    file, names = tmp_path / "outcomes.csv", tmp_path / "people.csv"
    answered(orders, "segments", "save", "老客户", "customer:current", capsys=capsys)
    made = answered(orders, "campaign", "create", "win-back", "segment:老客户", "--starts", "2026-07-01", "--past", "--strata", "",
               "--cool-down", "0", "--max-contacts", "9", capsys=capsys)  # fmt: skip
    assert made["audience"] == "segment:老客户"
    file.write_text(outcomes_of(customers, arms(orders, "win-back")), "utf-8")
    answered(orders, "campaign", "outcomes", "win-back", file, capsys=capsys)
    assert answered(orders, "campaign", "report", "win-back", capsys=capsys)["lift"]["low"] > 0
    told = activated(orders, "segment:老客户", names=names, capsys=capsys)
    assert 0 < told["people"] == len(names_in(names.read_text("utf-8")))


def test_segment_and_lookalike_go_the_whole_way_over_http(orders: Home, client: TestClient) -> None:
    customers = listable_customers(orders)
    head = {"Authorization": f"Bearer {add_key(orders, 'mailer', Role.ACTIVATE)}"}
    client.headers["Authorization"] = f"Bearer {add_key(orders, 'planner', Role.PLANNER)}"
    seeds = [{"customer_id": f"K{n}"} for n in range(1, 3 * SEEDS, 3)]
    found = client.post("/v1/lookalike", json={"seeds": seeds, "size": SIZE}).json()
    assert found["seeds"]["resolved"] == SEEDS, found
    people = [{"account_id": one["account_id"], "score": one["similarity"]} for one in found["candidates"]]
    assert client.post("/v1/segments", json={"name": "常客", "query": "customer:current"}).status_code == 202
    settings = {"max_contacts": 100, "cool_down_days": 0, "strata": ["value"], "contact_cost": 0.5}
    asked: dict[str, dict[str, Any]] = {
        "of-list": {"people": people},
        "of-segment": {"query": "segment:常客"},
    }
    for name, audience in asked.items():
        plan = client.post("/v1/campaigns/plan", json={"baseline": 0.1, **audience})
        assert plan.json()["available"], plan.text
        wish = {
            "name": name,
            "starts": "2026-03-01T00:00:00+08:00",
            "past": True,
            "settings": settings,
            **audience,
        }
        made = client.post("/v1/campaigns", json=wish)
        assert made.status_code == 201, made.text
        rows = outcomes_of(customers, arms(orders, name)).replace("2026-07", "2026-03")
        told = client.post(
            f"/v1/campaigns/{name}/outcomes", content=rows.encode(), headers={"Content-Type": "text/csv"}
        )
        assert told.json()["refused"] == {}, told.text
        report = client.get(f"/v1/campaigns/{name}/report", params={"scale": 1_000}).json()
        assert report["lift"]["low"] > 0
        assert report["scale_up"]["cost"] == 500
        test_arm = {
            customer for customer, person in customers.items() if arms(orders, name).get(person) == "test"
        }
        file = client.post(
            "/v1/activate", json={"audience": f"campaign:{name}", "purpose": PURPOSE}, headers=head
        )
        assert names_in(file.text) == test_arm - {"K1"}
    list_alone = {"people": [{"account_id": one["account_id"]} for one in people], "purpose": PURPOSE}
    file = client.post("/v1/activate", json=list_alone, headers=head)
    assert file.status_code == 200, file.text
    both = client.post("/v1/activate", json=list_alone | {"audience": ""}, headers=head)
    assert both.status_code == 422


def test_one_audience_is_asked_for(orders: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["campaign", "create", "nobody"],
        ["activate", "-o", str(tmp_path / "a.csv"), "--role", "activate"],
    ):
        assert cli.main([*words, "--home", str(orders.root)]) == 2
        assert "give one audience: a query, or --list FILE" in capsys.readouterr().err

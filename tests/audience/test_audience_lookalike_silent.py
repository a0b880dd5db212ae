"""Lookalikes of people who never wrote: a home of imported edges, of touchpoints, or of both, and nothing else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audience.index.build import build
from audience.lookalike.find import lookalike
from audience.lookalike.seeds import resolve
from audience.search.ask import search
from audience.worth.value import value
from campaigns.activate import activate
from campaigns.answers import Settings
from campaigns.make import create, show
from campaigns.suppression import suppress
from crawlers.importers.base import Options
from crawlers.importers.run import import_files
from lake.store import Lake
from mining.run import mine
from privacy.disclosure import Role
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import block, unblock
from privacy.policies import ALL_FIELDS, Policy, add_policy
from privacy.pseudonyms import KEY_BYTES, make_vault

PEOPLE, KINDS, SEEDS = 450, 3, range(0, 300, 3)
OTHERS = range(300, PEOPLE, KINDS)


def _home(folder: Path, **tables: list[str]) -> Home:
    """A home into which these tables were imported, mined and indexed: nothing was crawled."""
    home = Home.find(folder / "home")
    make_vault(home)
    home.key_file.write_bytes(b"k" * KEY_BYTES)  # the same ids, and so the same order of people, every time
    home.key_file.chmod(0o600)
    policy = Policy(
        source="crm",
        base_url="http://crm.example",
        kind="table",
        legal_basis="own customers",
        fields=ALL_FIELDS,
        terms_url="http://crm.example/terms",
        contact_allowed=True,
    )
    add_policy(home, policy)
    for name, lines in tables.items():
        file = folder / f"{name}.csv"
        file.write_text("\n".join([*lines, ""]), "utf-8")
        reports = import_files(home, [file], "table", Options(source="crm", table=name))
        assert all(report.good for report in reports), reports
    mine(home)
    build(home)
    return home


def _follows(rng: random.Random, person: int) -> list[str]:
    """Four accounts of the person's kind, and three of anybody's."""
    kind = [f"{person},brand{person % KINDS}x{n}" for n in rng.sample(range(12), 4)]
    return kind + [f"{person},star{n}" for n in rng.sample(range(60), 3)]


def _bought(rng: random.Random, person: int) -> str:
    return rng.choice((f"货品{person % KINDS}甲", f"货品{person % KINDS}乙"))


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """People of three kinds who follow other accounts and buy other things; nobody wrote a word."""
    rng = random.Random(5)
    edges, orders = ["src_native_id,dst_native_id"], ["at,source,native_id,kind,what,channel,number"]
    for person in range(PEOPLE):
        edges += _follows(rng, person)
        what = _bought(rng, person)
        orders.append(f"2026-07-01T10:00:00+08:00,crm,{person},purchase,{what},门店,{person}")
    return _home(tmp_path_factory.mktemp("silent"), edges=edges, touchpoints=orders)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Orders by customer id and nothing else: no account, no link, no edge, no post."""
    rng = random.Random(6)
    orders = ["下单时间,客户编号,商品,金额,渠道,门店,订单号"]
    for person in range(PEOPLE):
        for visit in range(1 + person % 3):
            what, shop = _bought(rng, person), f"{person % KINDS}号店"
            orders.append(
                f"2026-07-0{visit + 1} 10:00,C{person},{what},{rng.randint(50, 90)},门店,{shop},{person}-{visit}"
            )
    return _home(tmp_path_factory.mktemp("ledger"), touchpoints=orders)


def test_who_follows_and_buys_alike_is_found_without_any_post(silent: Home) -> None:
    assert not Lake(silent).exists("posts")
    seeds = resolve(silent, [_account(n) for n in (*SEEDS, 9_999)])
    assert (seeds.report.resolved, seeds.report.unknown) == (100, 1)
    answer = lookalike(silent, seeds, size=20)
    assert not answer.hidden
    wanted = set(resolve(silent, [_account(n) for n in OTHERS]).account_ids)
    assert sum(one.account_id in wanted for one in answer.candidates) >= 18
    traits = lookalike(silent, seeds, size=20, method="centroid").traits
    assert {"follows", "bought"} <= {reason.group for reason in traits}
    assert any("购买：货品0" in reason.label for reason in traits)
    assert answer.holdout is not None
    assert answer.holdout.auc > 0.9


def test_edges_alone_are_enough(tmp_path: Path) -> None:
    rng = random.Random(7)
    edges = ["src_native_id,dst_native_id"]
    for person in range(PEOPLE):
        edges += _follows(rng, person)
    home = _home(tmp_path, edges=edges)
    assert [name for name in ("posts", "touchpoints", "links") if Lake(home).exists(name)] == []
    answer = lookalike(home, resolve(home, [_account(n) for n in SEEDS]), size=20)
    wanted = set(resolve(home, [_account(n) for n in OTHERS]).account_ids)
    assert sum(one.account_id in wanted for one in answer.candidates) >= 18
    assert {reason.group for reason in answer.traits} >= {"follows"}
    assert answer.holdout is not None
    assert answer.holdout.auc > 0.9


def test_touchpoints_alone_are_enough_although_no_customer_has_an_account(ledger: Home) -> None:
    lake = Lake(ledger)
    assert [name for name in ("posts", "edges", "links") if lake.exists(name)] == []
    seeds = resolve(ledger, [_customer(n) for n in (*SEEDS, 9_999)])
    assert (seeds.report.resolved, seeds.report.unknown, seeds.report.unprofiled) == (100, 1, 0)
    answer = lookalike(ledger, seeds, size=20)
    wanted = set(resolve(ledger, [_customer(n) for n in OTHERS]).account_ids)
    assert sum(one.account_id in wanted for one in answer.candidates) >= 18
    told = {reason.label for reason in answer.traits}
    assert {"购买：货品0甲", "购买：货品0乙", "去过：0号店"} <= told
    assert answer.holdout is not None
    assert answer.holdout.auc > 0.9
    # Customer ids stay inside: what is told and what is mined holds pseudonyms.
    assert "C300" not in answer.model_dump_json()
    mined = (
        lake.read("profiles", ["account_id", "person_id"]).rows() + lake.read("value", ["person_id"]).rows()
    )
    assert all(name.startswith("u") and len(name) == 33 for row in mined for name in row)


def test_customers_without_accounts_are_valued_and_campaigned_to(ledger: Home, tmp_path: Path) -> None:
    current = search(ledger, "customer:current")
    assert current.total == PEOPLE
    assert value(ledger, "value:high", limit=3).members
    file = tmp_path / "people.csv"
    suppress(ledger, [_customer(0)], "complaint", Role.PLANNER)
    create(ledger, "back", "customer:current", Settings(strata=("value",)))
    told = activate(ledger, "campaign:back", file, "back in the shop, loyalty club consent", Role.ACTIVATE)
    rows = [line.split(",") for line in file.read_text("utf-8-sig").splitlines()[1:]]
    assert (
        told.people
        == len(rows)
        == sum(arm.people for arm in show(ledger, "back", Role.PLANNER).arms if arm.arm == "test")
    )
    assert all(row[0] == "crm" and row[4].startswith("C") and row[4] != "C0" for row in rows)


def test_a_customer_who_opted_out_is_no_seed_and_no_candidate(ledger: Home) -> None:
    gone = resolve(ledger, [_customer(303)]).account_ids
    block(ledger, gone)
    try:
        seeds = resolve(ledger, [_customer(n) for n in (*SEEDS, 303)])
        assert (seeds.report.opted_out, seeds.report.resolved) == (1, 100)
        answer = lookalike(ledger, seeds, size=60)
        assert not {one.account_id for one in answer.candidates} & set(gone)
    finally:
        unblock(ledger, gone)


def _account(number: int) -> dict[str, str]:
    return {"source": "crm", "native_id": str(number)}


def _customer(number: int) -> dict[str, str]:
    return {"customer_id": f"C{number}"}


def test_a_home_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nothing to mine"):
        mine(Home(tmp_path))


def test_customers_without_accounts_beside_posts_are_told_what_to_do(tmp_path: Path) -> None:
    rng = random.Random(9)
    orders = ["at,customer_id,what"]
    orders += [f"2026-07-01 10:00,C{person},{_bought(rng, person)}" for person in range(60)]
    posts = ["id,user_id,text,created_at"]
    posts += [f"{n},{n},周末去露营 {n},2026-07-02 10:00" for n in range(60)]
    home = _home(tmp_path, touchpoints=orders, posts=posts)
    answer = lookalike(home, resolve(home, [_customer(n) for n in range(40)]), size=20)
    assert (answer.seeds.resolved, answer.seeds.unprofiled) == (40, 40)
    assert answer.hidden
    assert "renqun import links FILE" in answer.reason

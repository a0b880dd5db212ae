"""Lookalikes of people who never wrote: a home of imported edges and touchpoints alone."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from audience.index.build import build
from audience.lookalike.find import lookalike
from audience.lookalike.seeds import resolve
from crawlers.importers.base import Options
from crawlers.importers.run import import_files
from lake.store import Lake
from mining.run import mine
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import ALL_FIELDS, Policy, add_policy

PEOPLE, KINDS = 240, 3


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """People of three kinds who follow other accounts and buy other things; nobody wrote a word."""
    folder = tmp_path_factory.mktemp("silent")
    home = Home.find(folder / "home")
    policy = Policy(
        source="crm",
        base_url="http://crm.example",
        kind="table",
        legal_basis="own customers",
        fields=ALL_FIELDS,
        terms_url="http://crm.example/terms",
    )
    add_policy(home, policy)
    rng = random.Random(5)
    edges, orders = ["src_native_id,dst_native_id"], ["at,source,native_id,kind,what,channel,number"]
    for person in range(PEOPLE):
        kind = person % KINDS
        edges += [f"{person},brand{kind}x{n}" for n in rng.sample(range(12), 4)]
        edges += [f"{person},star{n}" for n in rng.sample(range(60), 3)]
        what = rng.choice((f"货品{kind}甲", f"货品{kind}乙"))
        orders.append(f"2026-07-01T10:00:00+08:00,crm,{person},purchase,{what},门店,{person}")
    for name, lines in (("edges", edges), ("touchpoints", orders)):
        file = folder / f"{name}.csv"
        file.write_text("\n".join([*lines, ""]), "utf-8")
        reports = import_files(home, [file], "table", Options(source="crm", table=name))
        assert all(report.good for report in reports), reports
    mine(home)
    build(home)
    return home


def test_who_follows_and_buys_alike_is_found_without_any_post(silent: Home) -> None:
    assert not Lake(silent).exists("posts")
    rows = [{"source": "crm", "native_id": str(person)} for person in range(0, 150, KINDS)]
    seeds = resolve(silent, [*rows, {"source": "crm", "native_id": "9999"}])
    assert (seeds.report.resolved, seeds.report.unknown) == (50, 1)
    answer = lookalike(silent, seeds, size=20)
    assert not answer.hidden
    wanted = set(
        resolve(
            silent, [{"source": "crm", "native_id": str(n)} for n in range(150, PEOPLE, KINDS)]
        ).account_ids
    )
    assert sum(one.account_id in wanted for one in answer.candidates) >= 18
    assert {"follows", "bought"} <= {reason.group for reason in answer.traits}
    assert any("购买：货品0" in reason.label for reason in answer.traits)
    assert answer.holdout is not None
    assert answer.holdout.auc > 0.9


def test_a_home_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nothing to mine"):
        mine(Home(tmp_path))

"""Lookalikes on a planted population, seed lists of every shape, exports."""

from __future__ import annotations

import csv
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse
from sklearn.metrics import roc_auc_score

from audience.errors import NotMinedError
from audience.lookalike.answers import SeedReport
from audience.lookalike.find import lookalike, score_all
from audience.lookalike.seeds import Seeds, resolve
from audience.named.lists import read_csv
from audience.search.export import SCHEMA, cell, export, write_csv
from lake.schemas import LINKS, PROFILES, VAULT
from lake.store import Lake
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import BadInputError, ForbiddenError
from privacy.home import Home
from privacy.optouts import block
from privacy.pseudonyms import Pseudonyms
from tests.audience.audience_world import account_id, world

PEOPLE, GROUPS, WORDS_A_GROUP = 1_200, 8, 40
NOW = datetime(2026, 8, 1, tzinfo=UTC)
_KEPT: list[TemporaryDirectory[str]] = []


@cache
def planted() -> tuple[Home, dict[int, list[str]]]:
    """Groups that share rare words, among much chatter; some people write ten times as much, whatever they like."""
    folder = TemporaryDirectory(prefix="renqun-lookalike-")
    _KEPT.append(folder)
    home = Home.find(Path(folder.name))
    rng = np.random.default_rng(3)
    names = [f"w{g}x{i}" for g in range(GROUPS) for i in range(WORDS_A_GROUP)] + [f"c{i}" for i in range(200)]
    names += ["糖尿病"]
    group = rng.integers(0, GROUPS, PEOPLE)
    rows, columns = [], []
    for person in range(PEOPLE):
        loud = 10 if rng.random() < 0.1 else 1
        own = group[person] * WORDS_A_GROUP + rng.choice(WORDS_A_GROUP, 5, replace=False)
        chatter = GROUPS * WORDS_A_GROUP + rng.choice(200, min(150, 15 * loud), replace=False)
        stray = rng.choice(GROUPS * WORDS_A_GROUP, 4 * loud, replace=False)
        health = [len(names) - 1] if group[person] == 0 else []
        for column in {*own.tolist(), *chatter.tolist(), *stray.tolist(), *health}:
            rows.append(person)
            columns.append(column)
    ones = np.ones(len(rows), np.float32)
    matrix = sparse.csr_matrix((ones, (rows, columns)), (PEOPLE, len(names)))
    features = home.models / "features"
    features.mkdir(parents=True)
    sparse.save_npz(features / "matrix.npz", matrix)
    ids = [account_id(i) for i in range(PEOPLE)]
    pl.DataFrame({"account_id": ids}).write_parquet(features / "accounts.parquet")
    pl.DataFrame({"group": ["term"] * len(names), "name": names}).write_parquet(features / "names.parquet")
    blank = dict.fromkeys(PROFILES.schema.names)
    people = [
        blank | {"account_id": i, "person_id": i, "kind": "person", "listable": n % 7 != 0}
        for n, i in enumerate(ids)
    ]
    Lake(home).replace("profiles", pa.Table.from_pylist(people, schema=PROFILES.schema))
    return home, {g: [ids[p] for p in np.flatnonzero(group == g)] for g in range(GROUPS)}


def _seeds(ids: list[str]) -> Seeds:
    return Seeds(tuple(ids), SeedReport(rows=len(ids), resolved=len(ids)))


def test_the_planted_group_is_found_again_and_loudness_does_not_find_it() -> None:
    home, groups = planted()
    matrix = sparse.load_npz(home.models / "features" / "matrix.npz")
    by_degree = np.diff(sparse.csr_matrix(matrix).indptr)
    learned, degree = [], []
    for group in (3, 5):
        seeds = set(groups[group][::5])
        accounts, scores = score_all(home, sorted(seeds))
        rest = [i for i, account in enumerate(accounts) if account not in seeds]
        labels = [accounts[i] in set(groups[group]) for i in rest]
        learned.append(roc_auc_score(labels, scores[rest]))
        degree.append(roc_auc_score(labels, by_degree[[int(accounts[i][1:], 16) for i in rest]]))
    assert min(learned) > 0.9
    assert max(degree) < 0.6


def test_an_answer_holds_candidates_reasons_curve_and_an_honest_test() -> None:
    home, groups = planted()
    lookalike(home, _seeds(groups[1][::3]), size=50)
    began = time.process_time()
    answer = lookalike(home, _seeds(groups[1][::3]), size=120)
    assert time.process_time() - began < 3.0
    assert not answer.hidden
    seeds = set(groups[1][::3])
    found = [candidate.person_id for candidate in answer.candidates]
    assert len(found) == len(set(found)) == 120 == answer.total
    assert not seeds & set(found)
    assert all(int(person[1:], 16) % 7 for person in found), "not listable"
    assert sum(person in groups[1] for person in found[:40]) >= 36
    ranks = [candidate.similarity for candidate in answer.candidates]
    assert ranks == sorted(ranks, reverse=True)
    assert all(0 <= likeness <= 1 for likeness in ranks)
    assert all(reason.name.startswith("w1x") for reason in answer.traits[:5])
    assert answer.candidates[0].reasons[0].label.startswith("常用词：w1x")
    assert len(answer.curve) >= 8
    assert [point.reach for point in answer.curve] == sorted(point.reach for point in answer.curve)
    assert answer.holdout is not None
    assert answer.holdout.auc_low <= answer.holdout.auc <= answer.holdout.auc_high
    assert answer.holdout.auc > 0.9
    assert answer.holdout.lift_low > 1
    assert any("fewer than 100" in warning for warning in answer.warnings)
    assert entries(home, 1)[0].action == "lookalike"


def test_chance_seeds_are_said_to_have_nothing_in_common() -> None:
    home, _ = planted()
    ids = [account_id(i) for i in np.random.default_rng(9).choice(PEOPLE, 120, replace=False)]
    answer = lookalike(home, _seeds(ids), size=100)
    assert answer.holdout is not None
    assert 0.3 < answer.holdout.auc < 0.7
    assert any("little in common" in warning for warning in answer.warnings)


def test_sensitive_features_are_no_reason_and_left_out_features_do_not_count() -> None:
    home, groups = planted()
    answer = lookalike(home, _seeds(groups[0][::2]), size=60, ignore=["term:w0x1", "term:w0x2"])
    shown = answer.model_dump_json(include={"candidates", "traits"})
    assert "糖尿病" not in shown
    names = {reason.name for candidate in answer.candidates for reason in candidate.reasons}
    assert names
    assert not names & {"w0x1", "w0x2"}
    with pytest.raises(BadInputError, match="no feature"):
        lookalike(home, _seeds(groups[0]), ignore=["露营"])


def test_too_few_seeds_too_small_a_list_and_a_low_role_are_refused(tmp_path: Path) -> None:
    home, groups = planted()
    assert lookalike(home, _seeds(groups[0][:19])).hidden
    with pytest.raises(BadInputError, match="size is 20"):
        lookalike(home, _seeds(groups[0]), size=19)
    with pytest.raises(ForbiddenError):
        lookalike(home, _seeds(groups[0]), role=Role.ANALYST)
    with pytest.raises(BadInputError, match="none of the 2 seeds"):
        lookalike(home, resolve(home, [{"url": "https://x.example/@a"}, {"source": "m", "native_id": "1"}]))
    with pytest.raises(NotMinedError):
        lookalike(Home(tmp_path), _seeds(groups[0]))


@pytest.fixture
def named(tmp_path: Path) -> Home:
    """A vault with names: two sources, one handle twice within a source, one customer with two accounts."""
    home = Home(tmp_path)
    ids = Pseudonyms.open(home)
    names = [("micro", str(n), f"user{n}") for n in range(6)] + [
        ("micro", "77", "user1"),
        ("forum", "anna", "anna"),
    ]
    blank = {"run_id": "r", "policy_id": "p", "collected_at": NOW, "kind": "account"}
    rows = [
        blank
        | {"id": ids.account(source, native), "account_id": ids.account(source, native), "source": source}
        | {"native_id": native, "handle": handle, "url": f"https://{source}.example/@{handle}"}
        for source, native, handle in names
    ]
    rows[1]["url"] = None
    lake = Lake(home)
    lake.append({"names": pa.Table.from_pylist(rows, schema=VAULT.schema)})
    links = [
        {"customer_id": "C1", "account_id": ids.account(*key), "source": "crm", **blank}
        for key in (("micro", "3"), ("forum", "anna"))
    ]
    for row in links:
        row.pop("kind")
    lake.append({"links": pa.Table.from_pylist(links, schema=LINKS.schema)})
    block(home, [ids.account("micro", "5")])
    return home


def test_seeds_are_resolved_and_counted(named: Home) -> None:
    content = (
        "source,native_id,handle,url,customer_id\n"
        "micro,0\n"
        "micro,0,,,\n"
        "micro,,@USER2,,,too,many\n"
        "micro,,user1\n"
        "micro,999\n"
        "micro,5\n"
        ",,anna\n"
        ",,,HTTPS://MICRO.example/@user4/?x=1\n"
        ",,,,C1\n"
        ",,,,C9\n"
        ",,,,\n"
    )
    for encoded in (
        content.encode(),
        content.encode("utf-8-sig"),
        content.encode("utf-16"),
        content.encode("gbk"),
    ):
        report = resolve(named, read_csv(encoded)).report
        assert report.model_dump(exclude={"problems"}) == {
            "rows": 11,
            "resolved": 4,
            "unknown": 2,
            "ambiguous": 2,
            "opted_out": 1,
            "duplicates": 1,
            "malformed": 1,
            "unprofiled": 0,
        }


def test_seed_lists_with_chinese_headers_or_none(named: Home) -> None:
    assert resolve(named, read_csv("平台;用户名\nmicro;user2\n".encode("gb18030"))).report.resolved == 1
    assert resolve(named, read_csv(b"micro\tuser2\nmicro\tuser3\n")).report.resolved == 2
    assert resolve(named, read_csv(b"https://micro.example/@user3\n")).report.resolved == 1
    both = {Pseudonyms.open(named).account("micro", "3"), Pseudonyms.open(named).account("forum", "anna")}
    assert set(resolve(named, read_csv(b"customer_id\nC1\n")).account_ids) == both
    account = Pseudonyms.open(named).account("micro", "3")
    assert resolve(named, read_csv(f"account_id\n{account}\n".encode())).account_ids == (account,)


@pytest.mark.parametrize(
    "content", [b"", b"\n \n", b"source,native_id\n", b"\x00\x01\xff\x02", b"just text\n", b"a,b,c\n1,2,3\n"]
)
def test_seed_lists_that_name_nobody_are_refused(content: bytes) -> None:
    with pytest.raises(BadInputError) as caught:
        read_csv(content)
    assert caught.value.hint
    with pytest.raises(BadInputError, match="empty"):
        resolve(Home(Path("unused")), [])


def test_exports_hold_pseudonyms_of_listable_people_only(tmp_path: Path) -> None:
    home, rows = world()
    report = export(home, "region:上海", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    table = (
        pq.read_table(tmp_path / "out.parquet")
        if export(home, "region:上海", tmp_path / "out.parquet")
        else None
    )
    assert table is not None
    assert report.rows == len(written) == table.num_rows >= 20
    listable = {row["account_id"] for row in rows if row["listable"]}
    assert {row["account_id"] for row in written} <= listable
    assert [{name: cell(value) for name, value in row.items()} for row in table.to_pylist()] == written
    assert not {"words", "name", "handle", "native_id", "url"} & set(table.column_names)
    assert entries(home, 1)[0].action == "export"


def test_exports_that_may_not_be_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    home, _ = world()
    target = tmp_path / "out.csv"
    target.write_text("before")
    with pytest.raises(ForbiddenError, match="fewer than 20"):
        export(home, "region:上海 influence:>=p99", target)
    with pytest.raises(ForbiddenError):
        export(home, "region:上海", target, role=Role.ANALYST)
    with pytest.raises(BadInputError):
        export(home, "region:上海", tmp_path / "out.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert target.read_text() == "before"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "＝1", ["=a", "b"]])
def test_no_cell_is_a_formula(text: object) -> None:
    assert cell(text).startswith("'")
    assert cell("露营:7") == "露营:7"


def test_columns_are_written_as_cells_are(tmp_path: Path) -> None:
    row = dict.fromkeys(SCHEMA.names) | {
        "account_id": "=1+1",
        "person_id": '\t"quoted", and\nmore',
        "accounts": ["=a", "b"],
        "sources": [],
        "activity": "  @SUM(A1)",
        "influence": -1,
        "last_active_at": NOW,
    }
    tables = [pa.Table.from_pylist([row], SCHEMA)] * 2
    assert write_csv(tmp_path / "out.csv", iter(tables)) == 2
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert written == [{name: cell(value) for name, value in row.items()}] * 2

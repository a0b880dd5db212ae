"""Any table as posts, accounts, edges, keywords or touchpoints: columns said or guessed, bad cells refused."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from api.collected import latest_runs
from api.render.collected import runs_view
from api.render.console import console
from crawlers.importers.base import Options
from crawlers.importers.rehearsal import rehearse
from crawlers.importers.run import import_files
from crawlers.importers.table_columns import find_columns
from crawlers.report import RunReport
from lake.gate import Gate
from lake.raw import RawRows
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.optouts import block
from privacy.policies import ALL_FIELDS, Policy, add_policy
from privacy.pseudonyms import Pseudonyms

CRM = """\
订单号,会员编号,平台,用户昵称,下单时间,商品,金额,门店,状态,备注
A1,c1,,,2026-07-01 10:00,帐篷 13812345678,"¥1,299.00",上海店,完成,x
A2,,micro,@AMY,2026-07-02 11:00,睡袋,299,,退款,
A3,,micro,nobody,2026-07-02 11:00,睡袋,299,,完成,
A4,c2,,,2026-07-03,灯,-5,,完成,
A5,c2,,,soon,灯,5,,完成,
A6,c2,,,2036-07-03,灯,5,,完成,
A7,,,,2026-07-03,灯,5,,完成,
A8,c3,,,2026-07-03,灯,五,,完成,
"""
REFUSED = {
    "no collected account has this handle",
    "amount is negative: write a refund with the outcome refund and the amount paid back",
    "at can't be read as a time",
    "at is before 2000 or in the future",
    "nobody is named: native_id, handle, url and customer_id are missing",
    "amount can't be read as a number",
}


def entry(source: str, **more: str) -> Policy:
    return Policy(
        source=source,
        base_url=f"https://{source}.example",
        kind="table",
        legal_basis="test",
        terms_url="test:",
        fields=ALL_FIELDS,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def shop(home: Home) -> Home:
    """A home with a customer system and a network in which Amy was collected."""
    add_policy(home, entry("crm", timezone="Asia/Shanghai"))
    add_policy(home, entry("micro"))
    gate = Gate(home, entry("micro"), "r")
    Lake(home).append(gate.admit(RawRows(accounts=[{"native_id": "7", "handle": "Amy"}])).tables)
    return home


def load(home: Home, path: Path, source: str, table: str, **columns: str) -> RunReport:
    [report] = import_files(home, [path], "table", Options(source, table=table, columns=columns))
    return report


def test_a_customer_systems_rows_become_touchpoints(shop: Home, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CRM, "utf-8-sig")
    report = load(shop, file, "crm", "touchpoints")
    assert set(report.rejected) == REFUSED
    assert "at from 下单时间" in report.message
    assert "Not used: 备注." in report.message
    first, second = Lake(shop).read("touchpoints").sort("at").to_dicts()
    assert (first["customer_id"], first["account_id"], first["kind"]) == ("c1", None, "purchase")
    assert (first["what"], first["amount"], first["place"]) == ("帐篷 [手机]", 1299.0, "上海店")
    assert first["at"] == datetime(2026, 7, 1, 2, tzinfo=UTC), "read in the zone of the policy entry"
    assert second["account_id"] == Pseudonyms.open(shop).account("micro", "7")
    assert (second["outcome"], second["amount"]) == ("refund", 299.0)
    assert Lake(shop).read("rejects").height == len(REFUSED)


def test_importing_touchpoints_again_adds_none_and_opt_outs_are_kept_out(shop: Home, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CRM)
    load(shop, file, "crm", "touchpoints")
    load(shop, file, "crm", "touchpoints")
    assert Lake(shop).read("touchpoints").height == 2
    block(shop, [Pseudonyms.open(shop).account("micro", "7")])
    assert Lake(shop).read("touchpoints")["customer_id"].to_list() == ["c1"]
    report = load(shop, file, "crm", "touchpoints")
    assert report.counts["rows"] == 1


def test_a_refused_row_of_somebody_who_opted_out_is_not_kept(shop: Home, tmp_path: Path) -> None:
    block(shop, [Pseudonyms.open(shop).account("micro", "9")])
    file = tmp_path / "orders.csv"
    file.write_text("user_id,platform,at,amount\n9,micro,never,5\n9,micro,2026-07-01,-5\n")
    assert load(shop, file, "crm", "touchpoints").counts["rows"] == 0
    assert Lake(shop).read("rejects").is_empty()


def test_people_under_18_are_counted_and_nothing_of_them_is_kept(
    shop: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "accounts.csv"
    born = [datetime.now(UTC).year - age for age in (40, 12, 30, 15, 16)]
    rows = [f"n{number},{year}-01-01,读书 n{number}" for number, year in enumerate(born)]
    file.write_text("\n".join(["native_id,birthday,bio", *rows]), "utf-8")
    found = rehearse(shop, [file], "table", Options("crm", table="accounts"))
    assert (found.counts["accounts"], found.withheld) == (2, {"minor": 3})

    report = load(shop, file, "crm", "accounts")
    assert "2 rows imported, 0 rejected, 3 withheld (3 of them: minor)." in report.message
    assert report.to_dict()["withheld"] == {"minor": 3}
    assert Lake(shop).read("rejects").is_empty()
    [run] = latest_runs(shop, 1)
    assert (run.model_dump()["withheld"], run.decisions["optout/minor"]) == (3, 3)
    console().print(runs_view([run]))
    assert "Withheld: 3 minor." in " ".join(capsys.readouterr().out.split())


def test_a_dry_run_shows_rows_and_writes_nothing(shop: Home, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CRM)
    before = Lake(shop).versions()
    found = rehearse(shop, [file], "table", Options("crm", table="touchpoints"))
    assert [row["customer_id"] for row in found.rows["touchpoints"] if "customer_id" in row] == ["c1"]
    assert "13812345678" not in str(found.rows)
    assert set(found.refused) == REFUSED
    assert found.counts["touchpoints"] == 2
    assert Lake(shop).versions() == before


def test_posts_with_chinese_columns_and_local_times(shop: Home, tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_bytes(
        "编号;用户id;正文;发布时间;点赞数\n1;7;去露营 @小明;2026/07/01 10:00;1.2万\n".encode("gbk")
    )
    [report] = import_files(shop, [file], "table", Options("micro", "Asia/Shanghai", table="posts"))
    assert report.status == "ok"
    row = Lake(shop).read("posts").row(0, named=True)
    assert (row["likes"], row["created_at"]) == (12_000, datetime(2026, 7, 1, 2, tzinfo=UTC))
    assert "小明" not in row["text"]


def test_jsonl_and_parquet_say_the_same_as_csv(shop: Home, tmp_path: Path) -> None:
    rows = pl.DataFrame({"src": [1, 2, 3], "dst": [2, 3, 3], "at": [datetime(2026, 7, 1), None, None]})
    rows.write_csv(tmp_path / "e.csv")
    rows.write_parquet(tmp_path / "e.parquet")
    lines = rows.with_columns(pl.col("at").dt.to_string()).write_ndjson().encode() + b"[1]\nno json\n"
    (tmp_path / "e.jsonl.gz").write_bytes(gzip.compress(lines))
    seen = []
    for name in ("e.csv", "e.parquet", "e.jsonl.gz"):
        report = load(shop, tmp_path / name, "micro", "edges")
        assert report.rejected.pop("both ends are the same account") == 1
        assert report.rejected == ({"the line is no JSON object": 2} if name.startswith("e.jsonl") else {})
        seen.append(report.counts["rows"])
        assert Lake(shop).read("edges").height == 2
    assert seen == [2, 2, 2]
    assert set(Lake(shop).read("edges")["kind"]) == {"follow"}


def test_keywords_take_the_grain_of_days(shop: Home, tmp_path: Path) -> None:
    file = tmp_path / "k.tsv"
    file.write_text("关键词\t日期\t搜索指数\n露营\t2026-07-01\t1,234\n")
    load(shop, file, "micro", "keywords")
    row = Lake(shop).read("keywords").row(0, named=True)
    assert (row["term"], row["grain"], row["volume"]) == ("露营", "day", 1234.0)


@pytest.mark.parametrize(
    ("table", "columns", "says"),
    [
        ("posts", {}, "No column tells native_id, author_native_id, created_at"),
        ("edges", {"src_native_id": "b", "dst_native_id": "c"}, "no column 'c'"),
        ("edges", {"who": "a"}, "no field 'who'"),
        ("people", {}, "What the rows are isn't said"),
    ],
)
def test_what_cannot_be_mapped_says_why(
    shop: Home, tmp_path: Path, table: str, columns: dict[str, str], says: str
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n")
    with pytest.raises(BadInputError, match=says):
        load(shop, file, "micro", table, **columns)
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no parquet")
    with pytest.raises(BadInputError, match="can't be read as Parquet"):
        load(shop, tmp_path / "x.parquet", "micro", "edges")


def test_no_column_serves_two_fields_and_what_is_said_comes_first() -> None:
    columns = find_columns("touchpoints", ["city", "Date", "customer", "shop"], {"what": "city"})
    assert columns.of == {"customer_id": "customer", "at": "Date", "what": "city", "place": "shop"}
    assert columns.unused == ()


def test_complaints_unsubscribes_and_blocks_are_told_in_one_word(shop: Home, tmp_path: Path) -> None:
    file = tmp_path / "service.csv"
    file.write_text(
        "会员编号,时间,类型,结果\nc1,2026-07-01,投诉,\nc2,2026-07-01,短信,已退订\nc3,2026-07-01,拉黑,\n"
        "c4,2026-07-01,Unsubscribe,done\nc5,2026-07-01,客服,已解决\n",
        "utf-8",
    )
    load(shop, file, "crm", "touchpoints")
    rows = Lake(shop).read("touchpoints").sort("customer_id").select("kind", "outcome").rows()
    assert rows == [
        ("service", "complaint"),
        ("contact", "unsubscribe"),
        ("contact", "block"),
        ("contact", "unsubscribe"),
        ("service", "已解决"),
    ]

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from api import cli
from crawlers.importers import run
from crawlers.importers.base import Options
from crawlers.importers.lines import read_lines
from crawlers.importers.rehearsal import rehearse
from crawlers.importers.weibo_hot import DEFAULT_POLICY
from crawlers.report import RunReport
from lake.gate import Gate
from lake.raw import RawRows
from lake.store import Lake
from privacy.errors import BadInputError, NoPolicyError
from privacy.home import Home
from privacy.optouts import block
from privacy.policies import add_policy, load_policies
from privacy.pseudonyms import Pseudonyms
from tests.crawlers.crawl_lab import policy

REAL = Path(__file__).parents[3] / "shared" / "data" / "weibo_hot_hourly"
TOPICS = [
    {
        "topic_id": 1,
        "title": "春游去哪",
        "category": "旅游",
        "description": "联系电话13800138000",
        "category_top": "旅游",
        "readCount": 430000000,
        "discussCount": 0,
        "origin": "21000",
    },
    {"topic_id": 2, "title": "新手机发布", "category": None},
]
HOURS = ["hour\trank\ttopic_id\thot\tads", "2025-06-01T08\t1\t1\t900\t0", "2025-06-01T08\t2\t2\t800\t1"]


def import_files(home: Home, path: Path, format: str | None = None) -> RunReport:
    [report] = run.import_files(home, [path], format)
    return report


def archive(folder: Path, hourly: bytes, topics: bytes | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(json.dumps(topic, ensure_ascii=False) for topic in TOPICS).encode()
    (folder / "hourly.tsv.gz").write_bytes(gzip.compress(hourly))
    (folder / "topics.jsonl.gz").write_bytes(gzip.compress(lines if topics is None else topics))
    return folder


def test_a_snapshot_becomes_keywords_and_a_run(tmp_path: Path, home: Home) -> None:
    report = import_files(home, archive(tmp_path / "a", "\n".join(HOURS).encode()))
    assert (report.status, report.counts["rows"], report.rejected) == ("ok", 2, {})
    assert "Read as weibo-hot." in report.message
    assert DEFAULT_POLICY.legal_basis in report.message
    rows = Lake(home).read("keywords").sort("rank").to_dicts()
    assert rows[0]["at"] == datetime(2025, 6, 1, 0, tzinfo=UTC), "hours are Asia/Shanghai"
    assert (rows[0]["term"], rows[0]["category"], rows[0]["volume"]) == ("春游去哪", "旅游", 900.0)
    assert rows[0]["description"] == "联系电话[手机]", "redacted on the way in"
    assert (rows[1]["advert"], rows[1]["category"]) == (True, None)
    counts = [(row["reads"], row["discussions"], row["originals"]) for row in rows]
    assert counts == [(430_000_000, None, None), (None, None, None)], (
        "0 is what was not seen, text is no count"
    )
    runs = Lake(home).read("runs").filter(pl.col("kind") == "snapshot").to_dicts()
    assert [(run["at"], run["rows"]) for run in runs] == [(rows[0]["at"], 2)]
    assert load_policies(home).for_source("weibo-hot").licence_url


def test_importing_again_adds_nothing(tmp_path: Path, home: Home) -> None:
    folder = archive(tmp_path / "a", "\n".join(HOURS).encode())
    import_files(home, folder)
    again = import_files(home, folder)
    assert "Added the policy entry" not in again.message
    assert Lake(home).read("keywords").height == 2
    assert Lake(home).read("runs").filter(pl.col("kind") == "snapshot").height == 1


def test_bad_lines_are_kept_whole_and_the_rest_goes_on(tmp_path: Path, home: Home) -> None:
    bad = [
        "2025-06-01T08\t3\t1",
        "2025-13-01T08\t3\t1\t5\t0",
        "2025-06-01T08\t3\t99\t5\t0",
        "2025-06-01T08\tx\t1\t5\t0",
        "1970-01-02T08\t5\t1\t5\t0",
        "2099-01-02T08\t5\t1\t5\t0",
    ]
    body = (
        b"\xef\xbb\xbf"
        + "\r\n".join([*HOURS, *bad]).encode()
        + b"\n"
        + "2025-06-01T08\t4\t中\t1\t0".encode("gbk")
    )
    report = import_files(home, archive(tmp_path / "a", body))
    assert report.counts["rows"] == 2
    assert sum(report.rejected.values()) == report.counts["rejected"] == 7
    assert "the line is not UTF-8; it reads as GBK" in report.rejected
    assert set(bad[:4]) <= set(Lake(home).read("rejects")["row"])
    assert report.rejected["at is before 2000 or in the future"] == 2


def test_a_damaged_archive_gives_what_can_be_read(tmp_path: Path, home: Home) -> None:
    folder = archive(tmp_path / "a", b"")
    many = [
        HOURS[0],
        *(f"2025-06-01T08\t{n % 50}\t{n % 2 + 1}\t{n * n * 7919 % 99991}\t0" for n in range(60_000)),
    ]
    whole = gzip.compress("\n".join(many).encode())
    (folder / "hourly.tsv.gz").write_bytes(whole[: len(whole) // 2])
    report = import_files(home, folder)
    assert report.status == "truncated"
    assert "breaks off" in report.message


@pytest.mark.parametrize(
    ("body", "says"),
    [(b"", "is empty"), (b"a\tb\n1\t2\n", "has no column hour")],
)
def test_unusable_archives_say_why(tmp_path: Path, home: Home, body: bytes, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        import_files(home, archive(tmp_path / "a", body))
    assert Lake(home).read("runs")["status"].to_list() == ["failed"]


def test_what_is_no_known_format_is_told(tmp_path: Path, home: Home) -> None:
    stray = tmp_path / "stray.csv"
    stray.write_text("a,b\n1,2\n")
    with pytest.raises(BadInputError, match="can't be told"):
        import_files(home, stray)
    with pytest.raises(BadInputError, match="does not exist"):
        import_files(home, tmp_path / "none")
    with pytest.raises(BadInputError, match="unknown"):
        import_files(home, stray, "excel")


def test_links_join_customers_to_accounts(tmp_path: Path, home: Home) -> None:
    entry = policy("micro", "http://127.0.0.1:9", "mastodon")
    add_policy(home, entry)
    names, lake = Pseudonyms.open(home), Lake(home)
    lake.append(Gate(home, entry, "r").admit(RawRows(accounts=[{"native_id": "7", "handle": "Amy"}])).tables)
    block(home, [names.account("micro", "66")])
    file = tmp_path / "links.csv"
    lines = [
        "customer_id,source,native_id,handle",
        "c1,micro,5,",
        "c2,micro,,@AMY",
        "c3,micro,,nobody",
        "c4,elsewhere,1,",
        "c5,micro,66,",
        "c6,micro",
        ",micro,5,",
    ]
    file.write_bytes(b"\xef\xbb\xbf" + "\n".join(lines).encode() + "\n客户,micro,1,\n".encode("gbk"))
    report = import_files(home, file)
    assert lake.read("links").sort("customer_id").select("customer_id", "account_id", "source").rows() == [
        ("c1", names.account("micro", "5"), "micro"),
        ("c2", names.account("micro", "7"), "micro"),
    ]
    assert report.counts["rows"] == 2
    assert set(report.rejected) == {
        "no collected account has this handle",
        "source elsewhere has no policy entry",
        "the account opted out",
        "the line has 2 cells, the header 4",
        "customer_id or source is missing",
        "the line is not UTF-8; it reads as GBK",
    }


def test_links_over_several_sources_are_told_by_source(
    tmp_path: Path, home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    for source in ("micro", "forum"):
        add_policy(home, policy(source, "http://127.0.0.1:9", "mastodon"))
    file = tmp_path / "links.csv"
    file.write_text("customer_id,source,native_id\nc1,micro,5\nc2,forum,6\nc3,forum,7\n")
    assert cli.main(["import", "links", str(file), "--home", str(home.root)]) == 0
    said = capsys.readouterr()
    told = " ".join((said.out + said.err).split())
    assert "3 rows imported, 0 rejected. Accounts of forum: 2, micro: 1." in told
    assert told.endswith("Next: renqun mine")
    assert Lake(home).read("runs").filter(pl.col("status") == "ok")["message"].str.contains("forum: 2").all()


def test_links_of_a_source_without_a_policy_are_refused(tmp_path: Path, home: Home) -> None:
    file = tmp_path / "links.csv"
    file.write_text("customer_id,source,native_id\nc1,nowhere,5\n")
    with pytest.raises(NoPolicyError):
        import_files(home, file)


def test_lines_across_chunks(tmp_path: Path) -> None:
    file = tmp_path / "x.txt"
    lines = [f"第{n}行" * (n % 7) + "." for n in range(500)]
    file.write_text("\n".join(lines), "utf-8")
    read = [text for part in read_lines(file, chunk_bytes=64) for text in part.texts]
    assert read == lines


@pytest.mark.skipif(not REAL.exists(), reason="the shared data folder is not beside the checkout")
def test_the_real_archive_is_imported_whole(home: Home) -> None:
    report = import_files(home, REAL)
    assert (report.counts["rows"], report.counts["rejected"]) == (837_501, 0)
    assert Lake(home).read("runs").filter(pl.col("kind") == "snapshot").height == 16_098
    assert Lake(home).read("keywords", ["term"]).height == 837_501


def test_a_dry_run_guesses_as_the_import_does_and_writes_nothing(tmp_path: Path, home: Home) -> None:
    folder = archive(tmp_path / "a", "\n".join([*HOURS, "broken"]).encode())
    found = rehearse(home, [folder], None, Options())
    assert found.said == ["Read as weibo-hot."]
    assert dict(found.counts) == {"keywords": 2}
    assert found.refused.total() == 1
    assert not home.sources.exists(), "the archive's own policy entry is written by the import alone"
    assert not Lake(home).exists("keywords")
    file = tmp_path / "x.txt"
    file.write_text("?")
    with pytest.raises(BadInputError, match="can't be told"):
        rehearse(home, [file], None, Options())
    links = tmp_path / "links.csv"
    links.write_text("customer_id,source,native_id\nc,micro,1\n")
    with pytest.raises(BadInputError, match="no dry run of links"):
        rehearse(home, [links], None, Options())

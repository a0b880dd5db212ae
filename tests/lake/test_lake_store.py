from __future__ import annotations

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pytest

from lake import upkeep
from lake.schemas import TABLES
from lake.store import Lake
from privacy.errors import BadInputError, NotFoundError, StorageError, UnavailableError
from privacy.home import Home

if TYPE_CHECKING:
    from tests.lake.conftest import Make

DAY = datetime(2026, 8, 1, tzinfo=UTC)


def test_an_absent_table_reads_as_empty_with_its_columns(lake: Lake) -> None:
    assert lake.read("posts").is_empty()
    assert lake.read("posts", ["id", "likes"]).columns == ["id", "likes"]
    assert lake.version("posts") is None
    assert lake.versions() == {}
    assert not lake.exists("posts")
    assert not lake.home.root.exists()


@pytest.mark.parametrize("age", [0, 60], ids=["just now", "a minute ago"])
def test_a_version_is_seen_however_the_log_s_folder_is_dated(lake: Lake, make: Make, age: int) -> None:
    lake.append({"accounts": make("accounts", id=["a"])})
    log = lake.path("accounts") / "_delta_log"
    written = time.time_ns() - age * 10**9
    os.utime(log, ns=(written, written))
    assert [lake.version("accounts") for _ in range(2)] == [0, 0]
    lake.append({"accounts": make("accounts", id=["b"])})
    if not age:  # a coarse clock: the folder changed again and its time did not
        os.utime(log, ns=(written, written))
    assert lake.version("accounts") == 1


def test_the_latest_collected_wins_and_among_equals_the_last_appended(lake: Lake, make: Make) -> None:
    lake.append({"accounts": make("accounts", id=["a", "b"], bio=["1", "1"])})
    lake.append({"accounts": make("accounts", id=["a", "c", "c"], bio=["2", "2", "3"])})
    lake.append({"accounts": make("accounts", id=["a"], bio=["old"], collected_at=[DAY - timedelta(days=1)])})
    expected = {"a": "2", "b": "1", "c": "3"}
    assert dict(lake.read("accounts", ["id", "bio"]).iter_rows()) == expected
    upkeep.compact(lake.home, "accounts")
    assert dict(lake.read("accounts", ["id", "bio"]).iter_rows()) == expected


def test_where_sees_only_the_latest_row(lake: Lake, make: Make) -> None:
    lake.append({"accounts": make("accounts", id=["a"], region=["上海"])})
    lake.append({"accounts": make("accounts", id=["a"], region=["北京"])})
    assert lake.read("accounts", ["id"], where=pl.col("region") == "上海").is_empty()
    assert lake.read("accounts", ["id"], where=pl.col("region") == "北京").height == 1
    assert lake.read("accounts", ["region"], where=pl.col("id") == "a").to_series().to_list() == ["北京"]


def test_increments_by_version_survive_compaction(lake: Lake, make: Make) -> None:
    lake.append({"posts": make("posts", id=["1", "2"])})
    seen = lake.version("posts")
    lake.append({"posts": make("posts", id=["2", "3"], month=["2026-08", "2026-07"])})
    assert sorted(lake.read("posts", ["id"], since_version=seen)["id"]) == ["2", "3"]
    upkeep.compact(lake.home, "posts")
    assert sorted(lake.read("posts", ["id"], since_version=seen)["id"]) == ["2", "3"]
    assert lake.read("posts", since_version=lake.version("posts")).is_empty()


def test_a_table_made_before_a_column_came_is_read_and_written_on(
    lake: Lake, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = [
        TABLES["runs"].schema.get_field_index(name) for name in ("new", "updated", "decisions", "warnings")
    ]
    schema = TABLES["runs"].schema
    for place in sorted(later, reverse=True):
        schema = schema.remove(place)
    with monkeypatch.context() as patch:
        patch.setitem(TABLES, "runs", replace(TABLES["runs"], schema=schema))
        lake.append({"runs": make("runs", run_id=["old"], status=["ok"], asked=[7])})
        assert "new" not in lake.read("runs").columns
    assert lake.read("runs", ["run_id", "asked", "new"]).rows() == [("old", 7, None)]
    lake.append({"runs": make("runs", run_id=["late"], new=[3], decisions=["{}"])})
    for keep_up in (lambda home, name: None, upkeep.merge, upkeep.compact):
        keep_up(lake.home, "runs")
        rows = lake.read("runs", ["run_id", "asked", "new", "decisions"]).sort("run_id").rows()
        assert rows == [("late", None, 3, "{}"), ("old", 7, None, None)]


def test_merging_joins_files_and_leaves_rows_as_they_are(lake: Lake, make: Make) -> None:
    for n in range(12):
        lake.append({"posts": make("posts", id=["again", str(n)], text=[str(n), "x"])})
    before, version = lake.read("posts").sort("id"), lake.version("posts")
    files = set(lake.path("posts").glob("source=*/*/*.parquet"))
    upkeep.merge(lake.home, "posts")
    upkeep.merge(lake.home, "edges")
    merged = set(lake.path("posts").glob("source=*/*/*.parquet"))
    assert (len(files), len(merged), len(files & merged)) == (12, 1, 0)
    assert lake.read("posts").sort("id").equals(before)
    assert lake.read("posts", since_version=version).is_empty(), "merged rows are no new rows"
    lake.append({"posts": make("posts", id=["later"])})
    assert lake.read("posts", ["id"], since_version=version)["id"].to_list() == ["later"]


def test_tidying_compacts_small_tables_and_merges_large_ones(
    lake: Lake, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rows() -> int:
        return sum(pl.read_parquet(file).height for file in lake.path("posts").glob("source=*/*/*.parquet"))

    upkeep.tidy(lake.home, "posts")
    for _ in range(4):
        lake.append({"posts": make("posts", id=["again"])})
    monkeypatch.setattr(upkeep, "_READ_WHOLE", 3)
    upkeep.tidy(lake.home, "posts")
    assert rows() == 4
    monkeypatch.setattr(upkeep, "_READ_WHOLE", 4)
    upkeep.tidy(lake.home, "posts")
    assert rows() == 1


def test_compaction_without_anything_to_do_changes_nothing(lake: Lake, make: Make) -> None:
    lake.append({"posts": make("posts", id=["1"])})
    lake.append({"posts": make("posts", id=["2"])})
    upkeep.compact(lake.home, "posts")
    version = lake.version("posts")
    upkeep.compact(lake.home, "posts")
    upkeep.compact(lake.home, "edges")
    assert lake.version("posts") == version
    assert len(list(lake.path("posts").rglob("*.parquet"))) == 1


def test_compaction_removes_the_files_of_writes_that_were_cut_off(lake: Lake, make: Make) -> None:
    lake.append({"posts": make("posts", id=["1"])})
    (whole,) = lake.path("posts").glob("source=*/*/*.parquet")
    shutil.copy(whole, whole.with_name("part-00000-cut-off.parquet"))
    lake.append({"posts": make("posts", id=["2"])})
    upkeep.compact(lake.home, "posts")
    assert len(list(lake.path("posts").glob("source=*/*/*.parquet"))) == 1
    assert sorted(lake.read("posts")["id"]) == ["1", "2"]


def test_names_keep_what_a_later_row_does_not_tell(lake: Lake, make: Make) -> None:
    lake.append(
        {
            "names": make(
                "names", id=["u1"], kind=["account"], url=["http://x/@a"], handle=["a"], account_id=["u1"]
            )
        }
    )
    lake.append({"names": make("names", id=["u1"], kind=["account"], handle=["b"], account_id=["u1"])})
    for _ in range(2):
        assert lake.read("names", ["handle", "url"]).rows() == [("b", "http://x/@a")]
        upkeep.compact(lake.home, "names")


def test_a_follow_remembers_when_it_was_first_and_last_seen(lake: Lake, make: Make) -> None:
    days = [DAY - timedelta(days=back) for back in (90, 30, 60)]
    for first, *rest in ([days[0]], [days[1]], [days[2]]):
        ends = {"src": ["u1"], "dst": ["u2"], "kind": ["follow"], "post_id": [""]}
        lake.append({"edges": make("edges", at=[first], month=[f"{first:%Y-%m}"], **ends)})
        assert not rest
    once = {"src": ["u1"] * 2, "dst": ["u3"] * 2, "kind": ["follow"] * 2, "post_id": [""] * 2}
    lake.append({"edges": make("edges", at=[days[1], days[0]], month=["2026-07", "2026-05"], **once)})
    expected = {"u2": (days[0], days[1]), "u3": (days[0], days[1])}

    def seen() -> dict[str, tuple[datetime, datetime]]:
        rows = lake.read("edges", ["dst", "at", "last_at"]).iter_rows()
        return {dst: (first, last) for dst, first, last in rows}

    assert seen() == expected
    assert dict(lake.read("edges", ["dst", "last_at"]).iter_rows()) == {d: e[1] for d, e in expected.items()}
    upkeep.compact(lake.home, "edges")
    assert seen() == expected
    assert lake.read("edges", ["month"])["month"].to_list() == ["2026-05", "2026-05"]


def test_the_vault_tables_lie_in_the_vault(lake: Lake, make: Make) -> None:
    lake.append({"names": make("names", id=["u1"], kind=["account"], account_id=["u1"])})
    assert lake.path("names").parent == lake.home.vault
    assert stat.S_IMODE(lake.home.vault.stat().st_mode) == 0o700


def test_replace_is_whole(lake: Lake, make: Make) -> None:
    lake.replace("topics", make("topics", topic=["t1", "t2"]))
    lake.replace("topics", make("topics", topic=["t3"]))
    assert lake.read("topics")["topic"].to_list() == ["t3"]
    lake.replace("topics", make("topics", topic=["t3"]).slice(0, 0))
    assert lake.read("topics").is_empty()


def test_rows_that_dont_fit_are_refused(lake: Lake, make: Make) -> None:
    rows = make("topics", topic=["t"])
    with pytest.raises(BadInputError, match="missing or unknown"):
        lake.append({"topics": rows.drop_columns(["name"])})
    with pytest.raises(BadInputError, match="fit table topics"):
        lake.append({"topics": rows.set_column(3, "posts", pa.array(["many"]))})
    with pytest.raises(BadInputError, match="no column"):
        lake.read("topics", ["nope"])
    with pytest.raises(NotFoundError, match="no table"):
        lake.read("nope")
    assert not lake.exists("topics")


def test_a_folder_half_made_is_no_table_and_can_be_written(lake: Lake, make: Make) -> None:
    lake.append({"topics": make("topics", topic=["t"])})
    shutil.rmtree(lake.path("topics") / "_delta_log")
    assert lake.read("topics").is_empty()
    lake.append({"topics": make("topics", topic=["t2"])})
    assert lake.read("topics")["topic"].to_list() == ["t2"]


def test_a_damaged_log_is_one_clear_error(lake: Lake, make: Make) -> None:
    lake.append({"topics": make("topics", topic=["t"])})
    (log,) = (lake.path("topics") / "_delta_log").glob("*.json")
    log.write_text('{"add": {"pa')
    with pytest.raises(UnavailableError, match="topics"):
        lake.read("topics")


def test_missing_data_files_are_one_clear_error(lake: Lake, make: Make) -> None:
    lake.append({"topics": make("topics", topic=["t"])})
    for path in lake.path("topics").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(UnavailableError, match="topics"):
        lake.read("topics")


def test_readers_go_on_while_tables_are_rewritten(lake: Lake, make: Make) -> None:
    lake.append({"posts": make("posts", id=[str(n) for n in range(200)])})
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                assert lake.read("posts", ["id"]).height >= 200
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for n in range(12):
        lake.append({"posts": make("posts", id=[f"new{n}"])})
        upkeep.compact(lake.home, "posts")
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures, failures
    assert lake.read("posts").height == 212


APPEND_FOREVER = """
import sys, itertools
from datetime import UTC, datetime
import pyarrow as pa
from lake.schemas import POSTS
from lake import upkeep
from lake.store import Lake
from privacy.home import Home
lake = Lake(Home.find(sys.argv[1]))
at = datetime(2026, 8, 1, tzinfo=UTC)
for batch in itertools.count(int(sys.argv[2])):
    rows = [dict(id=f"{batch}-{n}", source="s", month=f"2026-0{n % 3 + 1}", collected_at=at) for n in range(50)]
    lake.append({"posts": pa.Table.from_pylist(rows, schema=POSTS.schema)})
    print(batch, flush=True)
    if batch % 7 == 6:
        upkeep.compact(lake.home, "posts")
"""


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.soak)])
def test_sigkill_loses_nothing_that_was_committed(tmp_path: Path, kills: int) -> None:
    lake = Lake(Home(tmp_path / "h"))
    done = 0
    for kill in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-c", APPEND_FOREVER, str(lake.home.root), str(done)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        for _ in range(3 + kill * 2 % 7):
            done = int(child.stdout.readline()) + 1
        time.sleep(0.003 * (kill * 7 % 13))
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split()
        child.wait()
        done = int(rest[-1]) + 1 if rest else done
        ids = lake.read("posts", ["id"])["id"].to_list()
        assert len(ids) == len(set(ids))
        assert {f"{batch}-{n}" for batch in range(done) for n in range(50)} <= set(ids)
        assert len(ids) % 50 == 0  # a batch is there whole or not at all
    upkeep.compact(lake.home, "posts")
    assert lake.read("posts").height >= done * 50


FILL = """
import resource, signal, sys
from datetime import UTC, datetime
import pyarrow as pa
from lake.schemas import POSTS
from lake import upkeep
from lake.store import Lake
from privacy.errors import StorageError
from privacy.home import Home
import lake.columns, deltalake, polars
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Lake(Home.find(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
at = datetime(2026, 8, 1, tzinfo=UTC)
rows = [dict(id=f"new{n}", source="s", month="2026-08", collected_at=at, text=f"{n * 7919:x}" * 9) for n in range(20000)]
table = pa.Table.from_pylist(rows, schema=POSTS.schema)
try:
    {"append": lambda: store.append({"posts": table}), "compact": lambda: upkeep.compact(store.home, "posts")}[sys.argv[2]]()
except StorageError as error:
    assert "\\n" not in str(error), str(error)
    print("refused:", error)
    sys.exit(5)
"""


@pytest.mark.parametrize("action", ["append", "compact"])
def test_a_full_disk_is_one_clear_error_and_what_was_there_stays(lake: Lake, make: Make, action: str) -> None:
    """The size of files is limited in a child process: writing ends as on a full disk."""
    texts = [hashlib.sha256(f"{n}".encode()).hexdigest() for n in range(3000)]  # nothing packs them small
    for part in range(3):
        ids = [f"{part}-{n}" for n in range(3000)]
        lake.append({"posts": make("posts", id=ids, text=texts, account_id=[f"u{n}" for n in ids])})
    before = lake.read("posts").sort("id")
    child = subprocess.run(
        [sys.executable, "-c", FILL, str(lake.home.root), action, "60000"], capture_output=True, text=True
    )
    assert child.returncode == 5, child.stdout + child.stderr
    assert "could not be written" in child.stdout
    assert lake.read("posts").sort("id").equals(before)
    lake.append({"posts": make("posts", id=["after"])})
    upkeep.compact(lake.home, "posts")
    assert lake.read("posts").height == before.height + 1


def test_a_folder_without_rights_is_one_clear_error(lake: Lake, make: Make) -> None:
    if os.geteuid() == 0:
        lake.home.root.mkdir()
        (lake.home.root / "lake").write_text("a file where the folder should be")
    else:
        lake.home.root.mkdir(mode=0o500)
    with pytest.raises(StorageError):
        lake.append({"topics": make("topics", topic=["t"])})


def test_two_processes_appending_to_one_table_take_turns(tmp_path: Path) -> None:
    code = APPEND_FOREVER.replace(
        "itertools.count(int(sys.argv[2]))", "range(int(sys.argv[2]), int(sys.argv[2]) + 8)"
    )
    home = Home(tmp_path / "h")
    children = [
        subprocess.Popen([sys.executable, "-c", code, str(home.root), str(start)], stdout=subprocess.DEVNULL)
        for start in (0, 100)
    ]
    assert [child.wait() for child in children] == [0, 0]
    assert Lake(home).read("posts", ["id"]).height == 16 * 50


@pytest.mark.soak
def test_six_hundred_flushes_stay_fast(lake: Lake, make: Make) -> None:
    took: list[float] = []
    for n in range(600):
        rows = make(
            "posts", id=[f"{n}-{i}" for i in range(100)], month=[f"2026-0{i % 4 + 1}" for i in range(100)]
        )
        began = time.process_time()
        lake.append({"posts": rows})
        took.append(time.process_time() - began)
        if n % 100 == 99:
            upkeep.compact(lake.home, "posts")
    assert lake.read("posts").height == 60_000
    assert len(list(lake.path("posts").glob("source=*/*/*.parquet"))) == 4
    # As many small commits behind the last compaction: what is compacted must not weigh on an append.
    early, late = sorted(took[50:100])[25], sorted(took[550:600])[25]
    assert late < 2 * early, (early, late)

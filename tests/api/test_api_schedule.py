"""The schedule with real processes: it crawls again and again, never two of one source, and ends its children."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from api.schedule import loop as loop_module
from api.schedule.entries import load_schedule
from api.schedule.loop import ScheduleLoop
from api.schedule.state import Last, load_state, save_state
from lake.locks import Claim, writer_lock
from lake.store import Lake
from privacy.errors import BadInputError
from privacy.home import Home
from privacy.policies import add_policy
from tests.api import test_api_erasure as erasure
from tests.api.renqun_process import ROOT, environment, one_error_line, renqun
from tests.crawlers.crawl_lab import Faulty, Visit, policy

pytestmark = pytest.mark.xdist_group("schedule")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


class Place(Faulty):
    """A source of keyword suggestions that can be slow or gone; it counts who asks at once."""

    def __init__(self) -> None:
        super().__init__(self.tell)
        self.wait, self.gone = 0.0, False

    def tell(self, visit: Visit) -> None:
        if "robots" in visit.path:
            visit.give(b"", 404)
            return
        time.sleep(self.wait)
        visit.give(b"no" if self.gone else b"[]", 500 if self.gone else 200)


@pytest.fixture
def place() -> Iterator[Place]:
    server = Place()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def write(home: Home, text: str, place: Place | None = None, *sources: str) -> None:
    home.root.mkdir(parents=True, exist_ok=True)
    for source in sources:
        assert place is not None
        add_policy(home, policy(source, f"{place.url}/{source}", "mastodon"))
    home.schedule.write_text(text, "utf-8")


@contextmanager
def scheduling(home: Home) -> Iterator[subprocess.Popen[str]]:
    """`renqun schedule run`; ended with SIGTERM if it still runs."""
    command = [sys.executable, "-m", "api.cli", "schedule", "run"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment(home.root))
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
        child.communicate(timeout=60)


def wait_for(what: Callable[[], Any], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def listed(home: Home) -> dict[str, Any]:
    done = renqun("schedule", "list", "--json", home=home.root)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return {"running": told["running"], **{row["source"]: row for row in told["sources"]}}


def runs(home: Home, source: str) -> list[dict[str, Any]]:
    frame = Lake(home).read("runs")
    return [row for row in frame.sort("started_at").to_dicts() if row["source"] == source]


OPTIONS = 'tags = "a,b,c"\ntrends = "no"\nfollows = "none"\nretries = 0\n'


def test_a_source_is_crawled_again_and_again_and_one_that_fails_is_told_and_tried_again(
    home: Home, place: Place
) -> None:
    place.gone = True
    write(home, f'[town]\nevery = "3s"\n{OPTIONS}', place, "town")
    with scheduling(home) as child:
        while (told := listed(home))["town"]["status"] != "failed":
            assert child.poll() is None
        assert told["running"] is True
        assert "answered 500" in told["town"]["message"]
        assert told["town"]["next"] > told["town"]["started"]
        place.gone = False
        wait_for(lambda: [run["status"] for run in runs(home, "town")][-2:] == ["empty", "empty"])
        child.terminate()
        _, said = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "town: failed: town could not be crawled" in said
    assert "; next " in said
    crawls = runs(home, "town")
    for one, other in pairwise(crawls):
        assert one["ended_at"] <= other["started_at"], "never two of one source at once"
        assert other["started_at"] - one["started_at"] >= timedelta(seconds=1.5)
    assert listed(home)["running"] is False


def test_sigterm_ends_the_crawls_under_way_which_the_next_start_takes_up(home: Home, place: Place) -> None:
    place.wait = 0.6
    many = ",".join(f"t{number}" for number in range(60))
    write(home, f'[town]\nevery = "1d"\ntags = "{many}"\ntrends = "no"\nfollows = "none"\n', place, "town")
    add_policy(home, policy("town", f"{place.url}/town", "mastodon", concurrency=1))
    with scheduling(home) as child:
        wait_for(lambda: len(place.seen) > 4)
        began = time.monotonic()
        child.terminate()
        _, said = child.communicate(timeout=60)
        assert time.monotonic() - began < 20
    assert child.returncode == 0
    assert "stopped early: it was interrupted" in said
    (part,) = runs(home, "town")
    assert part["status"] == "truncated", "the child ended in order"
    assert 0 < part["fetched"] < 60
    assert listed(home)["town"]["status"] == "interrupted"
    place.wait = 0.0
    with scheduling(home):
        wait_for(lambda: len(runs(home, "town")) == 2 and runs(home, "town")[1]["status"] == "empty")
    asked = [path for path in place.seen if "timelines" in path]
    assert len(set(asked)) == 60, "due at once, and it went on where it was"
    assert len(asked) < 65


def run_until_line(home: Home, number: int) -> None:
    """Run the loop; a signal comes before that line of what it, or ``threading`` for it, does after its start."""
    watched = {loop_module.__file__, threading.__file__}
    left = number

    def at_line(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        nonlocal left
        if frame.f_code.co_filename not in watched:
            return None
        left -= event == "line"
        if left < 0:
            sys.settrace(None)
            loop.stop()
        return at_line

    loop = ScheduleLoop(home, lambda text: sys.settrace(at_line) if "next" in text else None)
    try:
        loop.run()
    finally:
        sys.settrace(None)


@pytest.mark.timeout(60)
def test_a_signal_stops_it_at_whatever_moment_it_comes(
    home: Home, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_module, "_TURN", 0.001)
    write(home, f'[town]\ncron = "0 0 29 2 *"\n{OPTIONS}', place, "town")
    for number in range(60):
        run_until_line(home, number)


def test_a_schedule_that_was_killed_catches_up_once(home: Home, place: Place) -> None:
    write(home, f'[town]\nevery = "1h"\n{OPTIONS}', place, "town")
    state = load_state(home, load_schedule(home))
    long_ago = (datetime.now(UTC) - timedelta(hours=9)).isoformat()
    state["town"] = Last(long_ago, long_ago, long_ago, "ok", "")
    save_state(home, state)
    with scheduling(home) as child:
        wait_for(lambda: [run["status"] for run in runs(home, "town")] == ["empty"])
        time.sleep(2)
        os.kill(child.pid, signal.SIGKILL)
    assert len(runs(home, "town")) == 1, "nine times were missed, one crawl makes up for them"
    assert datetime.fromisoformat(listed(home)["town"]["next"]) > datetime.now(UTC) + timedelta(minutes=50)


def test_a_crawl_whose_schedule_was_killed_ends_by_itself(home: Home, place: Place) -> None:
    place.wait = 0.3
    many = ",".join(f"t{number}" for number in range(60))
    write(home, f'[town]\nevery = "1d"\ntags = "{many}"\ntrends = "no"\nfollows = "none"\n', place, "town")
    add_policy(home, policy("town", f"{place.url}/town", "mastodon", concurrency=1))
    with scheduling(home) as child:
        wait_for(lambda: len(place.seen) > 4)
        child.kill()
        child.wait()
        wait_for(lambda: [run["status"] for run in runs(home, "town")] == ["truncated"])
    (part,) = runs(home, "town")
    assert "whoever started it is gone" in part["message"]


def test_changes_are_taken_up_and_a_broken_file_changes_nothing(home: Home, place: Place) -> None:
    write(home, f'[one]\nevery = "1d"\n{OPTIONS}', place, "one", "two")
    with scheduling(home) as child:
        wait_for(lambda: len(runs(home, "one")) == 1)
        write(home, "[one")
        time.sleep(1.5)
        write(home, f'[one]\nevery = "1d"\n{OPTIONS}[two]\nevery = "1d"\n{OPTIONS}')
        wait_for(lambda: runs(home, "two") and runs(home, "two")[-1]["status"] == "empty")
        second = renqun("schedule", "run", home=home.root)
        assert "is running the schedule of this home already" in one_error_line(second)
        child.terminate()
        _, said = child.communicate(timeout=60)
    assert "the changed schedule is refused, the one before stays" in said
    assert len(runs(home, "one")) == 1


def test_mining_follows_crawls_that_went_well(home: Home, place: Place) -> None:
    write(home, f'mine = true\n[town]\nevery = "1d"\n{OPTIONS}', place, "town")
    with scheduling(home) as child:
        assert child.stderr is not None
        said = ""
        while "mining failed" not in said:
            line = child.stderr.readline()
            assert line, said
            said += line
    assert "town: empty" in said
    assert "there is nothing to mine" in said, "the reason is told"


def read_until(child: subprocess.Popen[str], end: str) -> list[str]:
    """What it says, up to the line with these words."""
    assert child.stderr is not None
    said: list[str] = []
    while not said or end not in said[-1]:
        said.append(child.stderr.readline())
        assert said[-1], said
    return said


def test_old_rows_are_removed_between_crawls_and_mining_follows(home: Home, place: Place) -> None:
    place.wait = 0.5
    add_policy(home, erasure.policy())
    erasure.collect(home, 40, "kim")
    erasure.collect(home, 1, "lee")
    crawls = f'[town]\nevery = "3s"\n{OPTIONS}'
    write(home, crawls, place, "town")
    with scheduling(home) as child:
        wait_for(lambda: len(place.seen) > 1)
        write(home, f'{crawls}[retention]\nevery = "1d"\n')
        said = "".join(read_until(child, "mining started"))
        told = listed(home)["retention"]
    first, then = said.index("town: empty"), said.index("retention started")
    assert first < then < said.index("retention: ok: 4 rows removed")
    assert "town: crawl started" not in said[then : said.index("retention: ok")]
    assert (told["status"], told["message"]) == ("ok", "4 rows removed")
    assert datetime.fromisoformat(told["next"]) > datetime.now(UTC) + timedelta(hours=23)
    assert Lake(home).read("posts").height == 1


def test_retention_that_is_refused_is_told_and_waits_for_its_next_time(home: Home, place: Place) -> None:
    write(home, '[retention]\nevery = "1d"\n')
    writing = Claim(writer_lock(home, "forum"), "writing")
    with scheduling(home) as child:
        said = read_until(child, "retention: failed")
        told = listed(home)["retention"]
    writing.release()
    assert "Something is being crawled or imported" in said[-1]
    assert told["status"] == "failed"
    assert datetime.fromisoformat(told["next"]) > datetime.now(UTC) + timedelta(hours=23)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[retention]\nevery = "1d"\nminutes = 3\n', "knows every, cron and timezone, not 'minutes'"),
        ("[retention]\n", 'retention. needs either every = "6h" or cron'),
        ("[town]\n", 'needs either every = "6h" or cron'),
        ('[town]\nevery = "6h"\ncron = "* * * * *"\n', 'needs either every = "6h" or cron'),
        ('[town]\nevery = "soon"\n', "every is written 30m, 6h or 1d"),
        ('[town]\ncron = "61 * * * *"\n', "can't be read"),
        ('[town]\ncron = "0 0 30 2 *"\n', "can't be read"),
        ('[town]\nevery = "6h"\ntimezone = "Mars/Base"\n', "unknown timezone"),
        ('[town]\nevery = "6h"\nspider = "octopus"\n', "names no spider"),
        ('[town]\nevery = "6h"\n[town.with]\na = 1\n', "must be a text or a number"),
        ('[town]\nevery = "6h"\ntrends = false\n', 'where it is on or off: "yes" or "no"'),
        ('[elsewhere]\nevery = "6h"\n', "no policy entry"),
        ("often = true\n", "'often' is unknown"),
        ("at_once = 0\n", "at_once a number from 1"),
        ("[town", "not valid TOML"),
    ],
)
def test_a_schedule_that_can_not_be_read_is_refused(home: Home, text: str, fault: str) -> None:
    add_policy(home, policy("town", "http://127.0.0.1:1", "mastodon"))
    home.schedule.write_text(text, "utf-8")
    with pytest.raises(BadInputError, match=fault):
        load_schedule(home)


def test_a_source_that_is_called_retention_is_refused_beside_it(home: Home) -> None:
    add_policy(home, policy("retention", "http://127.0.0.1:1", "mastodon"))
    home.schedule.write_text('[retention]\nevery = "6h"\n', "utf-8")
    with pytest.raises(BadInputError, match="no source of that name"):
        load_schedule(home)


def test_the_schedule_that_the_documents_show_is_read(home: Home) -> None:
    (shown,) = re.findall(
        r"```toml\n(.*?)```", (ROOT / "docs" / "operations.md").read_text("utf-8"), re.DOTALL
    )
    for source, kind in (("forum", "discourse"), ("microblog", "mastodon")):
        add_policy(home, policy(source, f"http://127.0.0.1:1/{source}", kind))
    home.schedule.write_text(shown, "utf-8")
    schedule = load_schedule(home)
    assert (schedule.mine, schedule.at_once) == (True, 2)
    assert {name: entry.spider for name, entry in schedule.entries.items()} == {
        "forum": "discourse",
        "microblog": "mastodon",
    }
    assert schedule.entries["microblog"].parameters == {"tags": "露营,徒步"}
    assert schedule.retention is not None


def test_cron_times_are_of_the_entrys_zone_and_count_weekdays_from_sunday(home: Home) -> None:
    add_policy(home, policy("town", "http://127.0.0.1:1", "mastodon"))
    home.schedule.write_text('[town]\ncron = "30 8 * * 0"\ntimezone = "Asia/Shanghai"\n', "utf-8")
    entry = load_schedule(home).entries["town"]
    friday = datetime(2026, 9, 4, 12, tzinfo=UTC)
    assert entry.next_after(friday) == datetime(2026, 9, 6, 0, 30, tzinfo=UTC)
    never = Last(friday.isoformat())
    assert never.due(entry) == datetime(2026, 9, 6, 0, 30, tzinfo=UTC), "a new entry waits for its time"


def test_without_a_schedule_it_says_what_to_write(home: Home) -> None:
    assert "has no source" in one_error_line(renqun("schedule", "run", home=home.root))
    done = renqun("schedule", "list", home=home.root)
    assert (done.returncode, "Nothing is scheduled" in done.stderr) == (0, True)

"""Computations of segments: failed, killed, started beside the API, changed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import audience.segments.compute
from api.app import create_app
from api.keys import add_key
from api.segment_run import start
from audience.search.ask import search
from audience.segments import records
from audience.segments.answers import SegmentAnswer
from audience.segments.compute import compute, compute_dynamic
from audience.segments.manage import delete, edit, save, show
from audience.segments.members import members_of
from lake.locks import Claim
from privacy.audit import entries
from privacy.disclosure import Role
from privacy.errors import ConflictError
from privacy.home import Home
from tests.audience.audience_world import profiles
from tests.audience.segment_world import TAG, found, mined_again, segment_home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return segment_home(tmp_path)


def test_a_failure_is_shown_and_does_not_stick(home: Home) -> None:
    save(home, "甲", "community:c1")
    save(home, "乙", "region:上海")
    rows = profiles(400)
    for row in rows:
        row["community"] = None
    mined_again(home, rows)
    outcome = compute_dynamic(home)
    assert (outcome["乙"], bool(outcome["甲"])) == ("", True)
    one = show(home, "甲")
    assert (one.status, one.message) == ("failed", outcome["甲"])
    mined_again(home, profiles(400))
    compute(home, "甲")
    assert show(home, "甲").status == "ready"


def test_a_killed_computation_is_failed_not_stuck(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    code = (
        "import os, signal, sys; from pathlib import Path; from privacy.home import Home;"
        "from audience.segments import records; home = Home(Path(sys.argv[1]));"
        "held = records.claim(home, '甲'); records.begin(home, '甲'); print('begun', flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(home.root)], capture_output=True, text=True, check=False
    )
    assert child.stdout.strip() == "begun"
    one = show(home, "甲")
    assert (one.status, one.message) == ("failed", records.INTERRUPTED)
    compute(home, "甲")
    assert show(home, "甲").status == "ready"


def settled(home: Home, name: str) -> SegmentAnswer:
    """The segment once nobody computes it."""
    until = time.monotonic() + 60
    while show(home, name).status == "computing" and time.monotonic() < until:
        time.sleep(0.05)
    return show(home, name)


def test_a_started_computation_shows_from_the_start_and_is_not_stuck_when_killed(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    save(home, "甲", f"tag:{TAG}")
    compute(home, "甲")
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 120\n")
    slow.chmod(0o700)
    monkeypatch.setattr("api.segment_run.sys.executable", str(slow))
    start(home, "甲", Role.PLANNER, "gao")
    assert show(home, "甲").status == "computing"
    with pytest.raises(ConflictError, match="computing the segment") as told:
        compute(home, "甲")
    pid = int(told.value.message.split()[1])
    assert pid != os.getpid()
    os.kill(pid, signal.SIGKILL)
    one = settled(home, "甲")
    assert (one.status, one.message) == ("failed", records.INTERRUPTED)
    assert compute(home, "甲").version == 2


def test_a_started_computation_is_audited_under_the_name_of_the_key(home: Home) -> None:
    save(home, "-甲", f"tag:{TAG}")
    headers = {"Authorization": f"Bearer {add_key(home, 'gao', Role.ADMIN)}"}
    asked = TestClient(create_app(home), base_url="http://127.0.0.1", headers=headers)
    answer = asked.post("/v1/segments/-甲/compute")
    assert (answer.status_code, answer.json()["status"]) == (202, "computing")
    assert settled(home, "-甲").status == "ready"
    last = entries(home)[0]
    assert (last.action, last.who, last.role) == ("segment", "gao", "admin")


def test_nobody_computes_or_deletes_what_another_one_computes(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}")
    held = records.claim(home, "甲")
    records.begin(home, "甲")
    assert show(home, "甲").status == "computing"
    start(home, "甲", Role.PLANNER, "gao")
    with pytest.raises(ConflictError, match=f"{os.getpid()} is computing"):
        compute(home, "甲")
    with pytest.raises(ConflictError, match="being computed"):
        delete(home, "甲")
    held.release()
    one = show(home, "甲")  # whatever process has its number now
    assert (one.status, one.message) == ("failed", records.INTERRUPTED)


@pytest.mark.parametrize("first", [f"tag:{TAG}", "community:c1"])
def test_what_is_changed_while_it_is_computed_is_computed_too(
    home: Home, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    save(home, "甲", first)
    rows = profiles(400)
    for row in rows:
        row["community"] = None  # the second query can no longer be read
    mined_again(home, rows)
    snapshot, changed = audience.segments.compute._snapshot, list[SegmentAnswer]()

    def edited_meanwhile(*given: Any) -> Any:
        if not changed:
            changed.append(edit(home, "甲", query=f"tag:{TAG}>=5", frozen=True))
            start(home, "甲", Role.PLANNER, "gao")  # as over HTTP
        return snapshot(*given)

    monkeypatch.setattr("audience.segments.compute._snapshot", edited_meanwhile)
    version = compute(home, "甲")
    one = show(home, "甲")
    assert (one.status, one.message, version.query) == ("ready", "", f"tag:{TAG}>=5")
    assert [kept.query for kept in one.versions] == [f"tag:{TAG}>=5", first][: version.version]
    assert found(home, "segment:甲") == found(home, f"tag:{TAG}>=5")


_CUT_OFF = """
import os, signal, sys
from pathlib import Path
import audience.segments.compute as compute
from privacy.home import Home

compute.build = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
compute.compute(Home(Path(sys.argv[1])), "甲")
"""


def test_what_a_killed_computation_wrote_is_in_no_later_version(home: Home) -> None:
    """It is killed once its members are written, and before they count; then the query is another one."""
    save(home, "甲", f"tag:{TAG}", frozen=True)
    child = subprocess.run([sys.executable, "-c", _CUT_OFF, str(home.root)], check=False)
    assert child.returncode == -signal.SIGKILL
    assert len(members_of(home, "甲", 1)) > 20
    edit(home, "甲", query="region:上海")
    compute(home, "甲")
    assert found(home, "segment:甲") == found(home, "region:上海")
    assert set(members_of(home, "甲", 1)) >= found(home, "region:上海")
    assert show(home, "甲").total == search(home, "segment:甲", limit=0).total


_MANY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import polars as pl
from audience.segments.members import keep_members
from privacy.home import Home

for version in range(1, 16):
    people = pl.Series([f"{sys.argv[2]}-{version}-{n}" for n in range(30)])
    keep_members(Home(Path(sys.argv[1])), sys.argv[2], version, datetime.now(UTC), people)
"""


def test_segments_computed_side_by_side_keep_their_members(home: Home) -> None:
    names = ("甲", "乙", "丙")
    children = [subprocess.Popen([sys.executable, "-c", _MANY, str(home.root), name]) for name in names]
    assert [child.wait(timeout=120) for child in children] == [0, 0, 0]
    for name in names:
        kept = [len(members_of(home, name, version)) for version in range(1, 16)]
        assert kept == [0] * 5 + [30] * 10


def test_a_frozen_segment_waits_while_the_index_is_built_for_another(home: Home) -> None:
    save(home, "甲", f"tag:{TAG}", frozen=True)
    building = Claim(home.index / ".lock", "building the search index")
    threading.Timer(1.0, building.release).start()
    began = time.monotonic()
    compute(home, "甲")
    assert time.monotonic() - began >= 1.0
    assert show(home, "甲").status == "ready"
    assert found(home, "segment:甲") == found(home, f"tag:{TAG}")

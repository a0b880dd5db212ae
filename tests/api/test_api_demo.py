"""The demo as a newcomer runs it: one command, a real sandbox, real spiders, real answers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from privacy.home import Home

TABLES = {"posts", "accounts", "edges", "keywords", "runs", "annotations", "topics", "trends", "profiles"}


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "api.cli", "demo", "--no-serve", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=280)


def test_a_small_demo_loses_nothing_and_finds_what_was_planted() -> None:
    done = demo("--users", "300", "--days", "30", "--seed", "5", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["lost"] == 0
    assert set(report["rows"]) >= TABLES
    assert {"sandbox", "crawl", "mine", "index", "answers", "check", "total"} <= set(report["seconds"])
    # A tenth of the default population: the floors are lower than the figures asked of the default size.
    quality = report["quality"]
    assert quality["tag_f1"] >= 0.75
    assert quality["lookalike_auc"] > quality["lookalike_auc_degree"]
    assert quality["burst_recall"] >= 0.7
    assert quality["burst_precision"] >= 0.6
    assert quality["community_nmi"] >= 0.6


def test_the_demo_keeps_away_from_a_home_in_use(tmp_path: Path) -> None:
    Home(tmp_path).lake.mkdir()
    done = demo("--home", str(tmp_path))
    assert done.returncode == 2
    assert "already holds a lake" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def interrupted(home: Path) -> tuple[int, str, str]:
    """Ctrl-C once the sandbox stands."""
    command = [sys.executable, "-m", "api.cli", "demo", "--no-serve", "--users", "300", "--days", "10"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    child = subprocess.Popen([*command, "--home", str(home)], **pipes)  # type: ignore[call-overload]
    assert child.stdout is not None
    line = child.stdout.readline()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=120)
    return child.returncode, line, err


def test_a_demo_that_was_stopped_can_be_run_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for _ in range(2):
        code, line, err = interrupted(home)
        assert "sandbox network" in line
        assert (code, err) == (
            130,
            "stopped: nothing that was kept is lost; to go on, run the same command again\n",
        )
    shared = tmp_path / "shared"
    (shared / "models").mkdir(parents=True)
    (shared / "models" / "mine.txt").write_text("mine")
    interrupted(shared)
    interrupted(shared)
    assert (shared / "models" / "mine.txt").exists()


@pytest.mark.soak
@pytest.mark.parametrize("seed", [7, 21, 101])
def test_the_default_demo_reaches_its_figures(seed: int) -> None:
    done = demo("--seed", str(seed), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    quality = report["quality"]
    assert report["lost"] == 0
    assert report["rows"]["posts"] >= 40_000
    assert quality["tag_f1"] >= 0.85
    assert quality["lookalike_auc"] >= 0.90
    assert quality["burst_recall"] >= 0.9
    assert quality["burst_precision"] >= 0.8
    assert quality["community_nmi"] >= 0.7
    assert quality["overlap_error"] <= 0.03
    assert quality["overlap_coverage"] >= 0.9

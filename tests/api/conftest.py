"""One small home for all tests of the faces, made as a user makes it: sandbox, sources, brands, crawls, mine."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.renqun_process import ROOT, environment, renqun, serving

SPIDERS = ("mastodon", "discourse", "keywords")
USERS, DAYS, SEED = 300, 30, 5


@dataclass(frozen=True)
class Network:
    """A running sandbox: addresses by kind, and the brands it says it has."""

    about: dict[str, Any]
    truth: Path


@contextmanager
def sandbox(folder: Path) -> Iterator[Network]:
    """`renqun sandbox serve` on free ports, ended by its process id."""
    ready, truth = folder / "ready.json", folder / "truth.jsonl"
    words = ["--port", "0", "--users", str(USERS), "--days", str(DAYS), "--seed", str(SEED)]
    command = [sys.executable, "-m", "api.cli", "sandbox", "serve", *words]
    command += ["--truth", str(truth), "--ready-file", str(ready)]
    child = subprocess.Popen(command, cwd=ROOT, env=environment(None), stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not ready.exists():
            assert child.poll() is None, "the sandbox ended"
            assert time.monotonic() < deadline, "the sandbox did not start"
            time.sleep(0.05)
        yield Network(json.loads(ready.read_text("utf-8")), truth)
    finally:
        child.terminate()
        assert child.wait(20) == 0


def done(*words: str | Path, home: Path) -> str:
    """Run a command that must work; its standard output."""
    result = renqun(*words, home=home)
    assert result.returncode == 0, result.stderr
    return result.stdout


def asked(*words: str | Path, home: Path) -> dict[str, Any]:
    """The answer to a command, as JSON."""
    answer: dict[str, Any] = json.loads(done(*words, "--json", home=home))
    return answer


@pytest.fixture(scope="session")
def mined_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of 300 people and 30 days, crawled and mined through the command line."""
    folder = tmp_path_factory.mktemp("faces")
    home = folder / "home"
    with sandbox(folder) as network:
        for name in SPIDERS:
            url = network.about[name]
            done(
                "sources", "add", name, "--base-url", url, "--kind", name, "--terms-url", url + "/robots.txt",
                "--legal-basis", "synthetic, no real person", "--rate", "1000", "--concurrency", "16", "--delay", "0",
                home=home,
            )  # fmt: skip
        for brand in network.about["brands"]:
            account = f"{brand['source']}:{brand['handle']}"
            done("brands", "add", brand["name"], "--role", brand["role"], "--account", account, home=home)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: done("crawl", name, "--source", name, home=home), SPIDERS))
    done("mine", home=home)
    return home


@pytest.fixture(scope="session")
def api(mined_home: Path) -> Iterator[str]:
    """The base URL of `renqun serve` over that home."""
    with serving(mined_home) as url:
        yield url


@pytest.fixture(scope="session")
def seeds_csv(mined_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty people who write about camping, by pseudonym, as an export gives them."""
    file = tmp_path_factory.mktemp("seeds") / "seeds.csv"
    answer = json.loads(done("search", "tag:露营", "--limit", "40", "--json", home=mined_home))
    rows = [member["account_id"] for member in answer["members"]]
    assert len(rows) == 40
    file.write_text("account_id\n" + "\n".join(rows) + "\n", "utf-8")
    return file

"""``renqun demo``: the whole road on one machine, from a sandbox network to three answers.

The sandbox runs as a child process on free loopback ports; real spiders crawl it, the real mining runs, and the answers
are those that the API gives. The planted truth is read at the end, by ``api.evaluate`` alone.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.evaluate import source_of
from api.render.console import console
from privacy.errors import BadInputError, RenqunError
from privacy.home import Home

START_TIMEOUT = 120
RATE = 1000.0
SEED_BRAND = "归山咖啡"
SPIDERS = ("mastodon", "discourse", "keywords")


@dataclass(slots=True)
class DemoReport:
    """What ``--json`` prints: seconds a stage, rows a table, posts lost, quality against the planted truth."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    quality: dict[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The object as it is printed."""
        return {"seconds": self.seconds, "rows": self.rows, "lost": self.lost, "quality": self.quality}


def run_demo(home: Path | None, users: int, days: int, seed: int, serve: bool, as_json: bool) -> int:
    """Run the demo and return the exit code; without ``home`` it lives in a folder of its own.

    A ``home`` that already holds a lake is refused: the demo never mixes with real data. Where it is that of a demo which was
    stopped on its way, the demo begins again.
    """
    place = Home.find(home) if home else Home(Path(tempfile.mkdtemp(prefix="renqun-demo-")))
    if _unfinished(place).exists():
        _clear(place)
    if place.lake.exists():
        raise BadInputError(
            f"{place.root} already holds a lake", hint="give the demo an empty folder with --home"
        )
    demo = _Demo(place, users, days, seed, quiet=as_json)
    try:
        with demo.sandbox():
            demo.collect()
        demo.mine()
        demo.answer()
        demo.check()
        demo.finish(as_json)
        if serve:
            _serve(place)
    finally:
        if home is None and not serve:
            shutil.rmtree(place.root, ignore_errors=True)
    return 0


def _unfinished(home: Home) -> Path:
    """A file that stands in a folder which was empty, as long as the demo has not come to its end."""
    return home.root / "sandbox" / "unfinished"


def _clear(home: Home) -> None:
    """Take away what a demo kept, and nothing else; its settings are written anew. The mark goes last."""
    made = (home.lake, home.vault, home.frontier, home.robots, home.models, home.index, home.root / "sandbox")
    for file in home.root.glob(f"{home.state.name}*"):
        file.unlink()
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


class _Demo:
    """The stages, each timed; ``quiet`` keeps everything but the final JSON off the screen."""

    def __init__(self, home: Home, users: int, days: int, seed: int, *, quiet: bool) -> None:
        self.home, self.users, self.days, self.seed = home, users, days, seed
        self.report = DemoReport()
        self.out = console(quiet=quiet)
        self.truth_file = home.root / "sandbox" / "truth.jsonl"
        self.seeds_file = home.root / "followers.csv"
        self.ready: dict[str, Any] = {}
        self.started = time.perf_counter()

    @contextmanager
    def stage(self, name: str, says: str) -> Iterator[None]:
        """Time a stage under ``name``, with a line for people."""
        started = time.perf_counter()
        with self.out.status(says):
            yield
        self.report.seconds[name] = round(time.perf_counter() - started, 2)
        self.out.print(f"[green]✓[/] {says} [dim]{self.report.seconds[name]:.1f} s[/]")

    @contextmanager
    def sandbox(self) -> Iterator[None]:
        """The sandbox's servers in a child process, ended by its id."""
        alone = not any(self.home.root.glob("*"))
        self.truth_file.parent.mkdir(parents=True, exist_ok=True)
        if alone:
            _unfinished(self.home).touch()
        ready_file = self.truth_file.with_name("ready.json")
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--ready-file", str(ready_file)]
        for option, value in (("users", self.users), ("days", self.days), ("seed", self.seed)):
            command += [f"--{option}", str(value)]
        command += ["--truth", str(self.truth_file)]
        with self.stage("sandbox", f"sandbox network: {self.users:,} people, {self.days} days"):
            log = self.truth_file.with_name("sandbox.log").open("wb")
            child = subprocess.Popen(command, stdout=log, stderr=log)
            try:
                self.ready = _wait_until_ready(child, ready_file)
            except BaseException:
                child.kill()
                raise
        try:
            yield
        finally:
            child.terminate()
            child.wait(30)
            log.close()

    def collect(self) -> None:
        """Register the sandbox's policies and tracked brands, then crawl it with the real spiders, side by side."""
        from crawlers.run import crawl

        self._register()
        with (
            self.stage("crawl", "crawl: forum, microblog and keyword endpoints"),
            ThreadPoolExecutor(3) as pool,
        ):
            runs = list(pool.map(lambda name: crawl(self.home, name, source_of(name)), SPIDERS))
        for run in runs:
            if run.status not in ("ok", "empty"):
                raise RenqunError(f"the {run.spider} crawl ended {run.status}: {run.message}")
            pages, rows, refused = (run.counts.get(name, 0) for name in ("fetched", "rows", "rejected"))
            self.out.print(f"  [dim]{run.spider}: {pages:,} pages, {rows:,} rows, {refused:,} rejected[/]")
        self._list_own_followers()

    def _list_own_followers(self) -> None:
        """What a brand's team has at hand: the followers that its own account shows, as a CSV of handles."""
        ours = next(brand for brand in self.ready["brands"] if brand["name"] == SEED_BRAND)
        url = f"{self.ready['mastodon']}/api/v1/accounts/{ours['native_id']}/followers?limit=80"
        with urllib.request.urlopen(url, timeout=30) as answer:
            followers = json.load(answer)
        lines = [f"{source_of('mastodon')},{follower['acct']}" for follower in followers]
        self.seeds_file.touch(0o600)
        self.seeds_file.write_text("\n".join(["source,handle", *lines, ""]), "utf-8")

    def _register(self) -> None:
        from privacy.brands import Brand, write_brands
        from privacy.policies import Policy, add_policy

        for name in SPIDERS:
            add_policy(
                self.home,
                Policy(
                    source=source_of(name),
                    base_url=self.ready[name],
                    kind=name,
                    terms_url=self.ready[name] + "/robots.txt",
                    legal_basis="synthetic data of the sandbox, no real person",
                    fields=("posts.*", "accounts.*", "edges.*", "keywords.*"),
                    rate=RATE,
                    concurrency=16,
                    delay=0.0,
                ),
            )
        brands = [
            Brand(name=b["name"], role=b["role"], accounts=(f"{source_of(b['source'])}:{b['handle']}",))
            for b in self.ready["brands"]
        ]
        write_brands(self.home, brands)

    def mine(self) -> None:
        """Mine and index."""
        from audience.index.build import build
        from mining.run import mine

        with self.stage("mine", "mine: tags, topics, bursts, influence, communities, profiles"):
            mined = mine(self.home, as_of=datetime.now(UTC))
        self.report.seconds.update({f"mine.{name}": spent for name, spent in mined.seconds.items()})
        with self.stage("index", "index profiles"):
            build(self.home)

    def answer(self) -> None:
        """One query of each of the three users, in tables."""
        from api.demo_answers import campaign_planner, growth_team, trend_analyst

        started = time.perf_counter()
        growth_team(self.home, self.out)
        campaign_planner(self.home, self.out, self.seeds_file)
        trend_analyst(self.home, self.out)
        self.report.seconds["answers"] = round(time.perf_counter() - started, 2)

    def check(self) -> None:
        """Count what is kept and compare it with the planted truth."""
        from api.evaluate import Truth, lost_posts, quality
        from lake.schemas import TABLES
        from lake.store import Lake

        with self.stage("check", "compare with the planted truth"):
            lake = Lake(self.home)
            self.report.rows = {
                name: lake.read(name, columns=TABLES[name].key).height for name in lake.versions()
            }
            truth = Truth.load(self.truth_file, self.home)
            self.report.lost = lost_posts(lake, truth)
            self.report.quality = quality(self.home, truth, self.seed)

    def finish(self, as_json: bool) -> None:
        """Print the report: from here on the home is its user's."""
        _unfinished(self.home).unlink(missing_ok=True)
        self.report.seconds["total"] = round(time.perf_counter() - self.started, 2)
        if as_json:
            print(json.dumps(self.report.as_dict(), ensure_ascii=False))
            return
        from api.demo_answers import report_table

        self.out.print(report_table(self.report.as_dict()))
        self.out.print(f"All of it lies in {self.home.root}")
        self.out.print(f"Ask more: renqun search 'tag:咖啡>=3 region:上海' --facets --home {self.home.root}")


def _wait_until_ready(child: subprocess.Popen[bytes], ready_file: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise RenqunError(
                f"the sandbox ended with code {child.returncode}", hint=f"see {ready_file.parent}/sandbox.log"
            )
        if ready_file.exists():
            ready: dict[str, Any] = json.loads(ready_file.read_text("utf-8"))
            return ready
        time.sleep(0.05)
    raise RenqunError(f"the sandbox did not answer within {START_TIMEOUT} s")


def _serve(home: Home) -> None:
    from api.server import serve

    serve(home)

"""Mining and then indexing, with progress on screen: what ``renqun mine`` does once there is something to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from api.render.console import console
from audience.index.build import IndexReport, build
from audience.segments.compute import compute_dynamic
from mining.run import MineReport, mine
from privacy.home import Home


@dataclass(frozen=True, slots=True)
class MineAndIndex:
    """What both steps did."""

    mined: MineReport | None
    indexed: IndexReport

    def to_json(self) -> str:
        """The report for machines; ``fresh`` is false where there was something to do."""
        mined = {**asdict(self.mined), "as_of": self.mined.as_of.isoformat()} if self.mined else {}
        report = {"fresh": False, **mined, "index": asdict(self.indexed)}
        return json.dumps(report, ensure_ascii=False, indent=2)


class _Bars:
    """One bar a stage; a stage of one unit pulses until it is done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        task = self._tasks.get(stage)
        if task is None:
            task = self._tasks[stage] = self._progress.add_task(stage, total=None)
        known = total if total > 1 or done else None
        self._progress.update(task, completed=done, total=known)


@contextmanager
def bars(quiet: bool) -> Iterator[_Bars]:
    """Progress bars on stderr while the block runs; none where quiet or not on a terminal."""
    err = console(stderr=True, quiet=quiet)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal) as progress:
        yield _Bars(progress)


def mine_and_index(
    home: Home, as_of: datetime | None, *, refit: bool, full: bool, quiet: bool, topics: str | None = None
) -> MineAndIndex:
    """Mine what is new; if the profiles changed, build the index and compute the dynamic segments."""
    with bars(quiet) as progress:
        mined = mine(home, as_of, refit=refit, full=full, topics=topics, progress=progress)
        indexed = build(home, progress=lambda done, total: progress("index", done, total))
        if indexed.built:
            compute_dynamic(home, lambda done, total: progress("segments", done, total))
    return MineAndIndex(mined, indexed)


def index_only(home: Home, *, quiet: bool) -> MineAndIndex:
    """Build the index anew from profiles that are up to date: it was missing, older, half-built or damaged."""
    with bars(quiet) as progress:
        return MineAndIndex(
            None, build(home, force=True, progress=lambda done, total: progress("index", done, total))
        )

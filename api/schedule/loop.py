"""The loop behind ``renqun schedule run``: crawls that are due start as child processes, mining and retention between."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from api.schedule.chore import Chore
from api.schedule.entries import RETENTION, Entry, load_schedule
from api.schedule.state import INTERRUPTED, RUNNING, Last, claim, load_state, now, save_state
from crawlers.report import counted
from crawlers.run import Crawl
from privacy.errors import RenqunError
from privacy.home import Home

_TURN = 0.5  # seconds between two looks at the clock


class ScheduleLoop:
    """Runs one home's schedule until ``stop`` is called; ``say`` tells what happens, a line each.

    A source is crawled by one child at a time. Changes of ``schedule.toml`` are taken up at once; a file that can't be
    read is told of and the one before stays in force.
    """

    def __init__(self, home: Home, say: Callable[[str], None]) -> None:
        """Read the schedule. Raises BadInputError where it can't be read or has no entry."""
        self._home, self._say = home, say
        self._schedule, self._read_at = load_schedule(home), _changed(home)
        self._state = load_state(home, self._schedule)
        self._lock = threading.Lock()
        self._crawls: dict[str, Crawl] = {}
        self._threads: list[threading.Thread] = []
        self._chore: Chore | None = None
        self._to_mine: tuple[str, ...] | None = None  # the options of the mining that is to be done
        self._stopping = False  # no Event: a signal may come while its lock is held

    def stop(self) -> None:
        """Start nothing more; ``run`` asks the children to end and waits for them."""
        self._stopping = True

    def run(self) -> None:
        """Go on until stopped. Raises ConflictError where another process runs this home's schedule."""
        held = claim(self._home)
        try:
            self._say(f"{len(self._schedule.entries)} sources; next: {self._next()}")
            while not self._stopping:
                self._reload()
                self._end_chore()
                if not self._retain():
                    self._start_due()
                    self._mine()
                time.sleep(_TURN)
            self._end_children()
        finally:
            held.release()

    def _reload(self) -> None:
        changed = _changed(self._home)
        if changed == self._read_at:
            return
        self._read_at = changed
        try:
            schedule = load_schedule(self._home)
        except RenqunError as error:
            self._say(f"the changed schedule is refused, the one before stays: {error.message}")
            return
        with self._lock:
            self._schedule = schedule
            self._state = {name: self._state.get(name) or Last(now()) for name in schedule.timed}
        self._say(f"the schedule was changed: {len(schedule.entries)} sources; next: {self._next()}")

    def _start_due(self) -> None:
        moment = datetime.now(UTC)
        with self._lock:
            waiting = [
                (self._state[name].due(entry), entry)
                for name, entry in self._schedule.entries.items()
                if name not in self._crawls
            ]
            free = self._schedule.at_once - len(self._crawls)
            due = sorted((at, entry.source) for at, entry in waiting if at <= moment)[: max(free, 0)]
            for _, source in due:
                self._start(self._schedule.entries[source])

    def _start(self, entry: Entry) -> None:
        self._note_start(entry)
        crawl = Crawl(self._home, entry.spider, entry.source, self._schedule.frontier, **entry.parameters)
        self._crawls[entry.source] = crawl
        self._say(f"{entry.source}: crawl started")
        thread = threading.Thread(target=self._follow, args=(entry, crawl), name=f"crawl {entry.source}")
        self._threads = [one for one in self._threads if one.is_alive()] + [thread]
        thread.start()

    def _follow(self, entry: Entry, crawl: Crawl) -> None:
        """Wait for a crawl's end and note how it went."""
        with crawl:
            try:
                report = crawl.wait()
                status, message = report.status, report.message
                good = report.good
            except RenqunError as error:
                status, message, good = "refused", f"{error.message} {error.hint}".strip(), False
            except Exception as error:  # or the source would never be due again
                status, message, good = "failed", f"{type(error).__name__}: {error}", False
        with self._lock:
            del self._crawls[entry.source]
            last = self._state.get(entry.source)
            if last is not None:
                cut_off = self._stopping and status in ("truncated", "failed")
                last.ended = None if cut_off else now()  # what we cut off is due again at once
                last.status, last.message = INTERRUPTED if cut_off else status, message
                self._tell_and_save()
            if good and self._schedule.mine:
                self._to_mine = self._to_mine or ()
            after = "" if last is None or self._stopping else f"; next {_shown(last.due(entry))}"
        self._say(f"{entry.source}: {status}: {message}{after}")

    def _tell_and_save(self) -> None:
        try:
            save_state(self._home, self._state)
        except RenqunError as error:
            self._say(error.message)

    def _note_start(self, entry: Entry) -> None:
        last = self._state[entry.source]
        last.started, last.ended, last.status, last.message = now(), None, RUNNING, ""
        save_state(self._home, self._state)

    def _mine(self) -> None:
        """Mine after crawls that went well where the schedule says so, and after old rows were removed."""
        if self._to_mine is not None and self._chore is None:
            options, self._to_mine = self._to_mine, None
            self._say("mining started")
            self._chore = Chore(self._home, "mine", *options)

    def _retain(self) -> bool:
        """Whether old rows are being removed, or wait for the crawls under way to end: none is started meanwhile."""
        entry = self._schedule.retention
        if self._chore is not None and self._chore.name == RETENTION:
            return True
        if entry is None or self._state[RETENTION].due(entry) > datetime.now(UTC):
            return False
        with self._lock:
            if not self._crawls and self._chore is None:
                self._note_start(entry)
                self._say("retention started")
                self._chore = Chore(self._home, RETENTION, "--role", "admin")
        return True

    def _end_chore(self) -> None:
        """Tell how mining or retention went, once it has ended."""
        chore = self._chore
        if chore is None or chore.running:
            return
        self._chore = None
        if chore.name != RETENTION:
            self._say(f"mining failed: {chore.failed}" if chore.failed else "mined")
            return
        removed = 0 if chore.failed else sum(row["rows"] for row in json.loads(chore.answer()))
        status, message = (
            ("failed", chore.failed) if chore.failed else ("ok", f"{counted(removed, 'row')} removed")
        )
        if removed:
            self._to_mine = ("--full",)  # or derived tables would go on telling of them
        last = self._state.get(RETENTION)
        if last is not None:
            last.ended, last.status, last.message = now(), status, message
            self._tell_and_save()
        self._say(f"retention: {status}: {message}")

    def _end_children(self) -> None:
        """Ask every child to end, and wait."""
        with self._lock:
            running = list(self._crawls.values())
        if running or self._chore is not None:
            self._say(f"stopping: waiting for {counted(len(running), 'crawl')} to finish what is under way")
        for crawl in running:
            crawl.stop()
        if self._chore is not None:
            self._chore.stop()
        for thread in self._threads:
            thread.join()

    def _next(self) -> str:
        times = sorted((self._state[name].due(entry), name) for name, entry in self._schedule.timed.items())
        return f"{times[0][1]} {_shown(times[0][0])}" if times else "nothing"


def _changed(home: Home) -> int:
    """Which writing of the file this is; 0 where there is none."""
    try:
        return home.schedule.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _shown(moment: datetime) -> str:
    return "now" if moment <= datetime.now(UTC) else f"{moment:%Y-%m-%d %H:%M:%S} UTC"

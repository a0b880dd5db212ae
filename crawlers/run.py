"""Starting crawls: each is a child process, followed by what it prints."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from crawlers.registry import FRONTIER
from crawlers.report import RunReport, SourceCheck
from privacy.errors import RenqunError
from privacy.home import Home

Progress = Callable[[dict[str, int]], None]


class CrawlRefusedError(RenqunError):
    """The crawl did not begin or could not go on: no policy entry, a wrong parameter, a disk that is full."""

    status = 409


class Crawl:
    """A crawl that is under way in a child process. Leaving its ``with`` block stops it."""

    def __init__(
        self, home: Home, spider: str, source: str, frontier: str | None = None, **parameters: Any
    ) -> None:
        """Start it. Parameters: ``base_url``, ``since``, ``pages``, ``items``, ``minutes`` and the spider's own.

        ``frontier`` is the address of a Redis server that several workers share; it may hold a password, so it
        goes through the environment. The child is in a session of its own: a terminal's Ctrl-C reaches whoever started
        it, who then stops it once. Left alone, it ends by itself.
        """
        self.spider, self.source = spider, source
        self._began = time.monotonic()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed by __exit__
        pairs = [f"{key}={value}" for key, value in parameters.items() if value is not None]
        command = [sys.executable, "-m", "crawlers.job", "--home", str(home.root)]
        command += ["--spider", spider, "--source", source, *pairs]
        shared = {} if frontier is None else {FRONTIER: frontier}
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **shared},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def stop(self) -> None:
        """Ask the child to finish what is under way and end; a later crawl goes on from there."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self, on_progress: Progress | None = None) -> RunReport:
        """Follow the child to its end. Raises CrawlRefusedError with the child's own message and hint."""
        report: RunReport | None = None
        last: dict[str, int] = {}
        refused: list[str] = []
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = _decode(line)
            if "report" in told:
                report = RunReport(**told["report"])
            elif "refused" in told:
                refused = told["refused"]
            elif "progress" in told:
                last = told["progress"]
                if on_progress is not None:
                    on_progress(last)
        code = self._process.wait()
        if report is not None:
            return report
        if refused:
            raise CrawlRefusedError(*refused)
        how = f"was killed by signal {-code}" if code < 0 else f"broke off: {self._said()}"
        message = f"The crawl of {self.source} {how}; run it again to go on."
        seconds = round(time.monotonic() - self._began, 2)
        return RunReport("", self.spider, self.source, "failed", message, last, seconds)

    def _said(self) -> str:
        """The last line that the child wrote for people."""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""

    def __enter__(self) -> Crawl:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()


def crawl(
    home: Home, spider: str, source: str, on_progress: Progress | None = None, **parameters: Any
) -> RunReport:
    """Crawl one source in a child process and wait for its end. See ``Crawl`` for parameters and errors."""
    with Crawl(home, spider, source, **parameters) as running:
        return running.wait(on_progress)


def check(home: Home, source: str) -> SourceCheck:
    """Find out what a crawl of ``source`` may do: a child process asks its robots.txt, and fetches nothing else.

    Raises CrawlRefusedError with the child's own message.
    """
    command = [sys.executable, "-m", "crawlers.check", "--home", str(home.root), "--source", source]
    child = subprocess.run(command, capture_output=True, text=True)
    told = _decode((child.stdout.strip().splitlines() or [""])[-1])
    if "check" in told:
        return SourceCheck.from_dict(told["check"])
    if "refused" in told:
        raise CrawlRefusedError(*told["refused"])
    said = (child.stderr.strip().splitlines() or ["it said nothing"])[-1]
    raise CrawlRefusedError(f"The check of {source} broke off: {said}")


def _decode(line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}

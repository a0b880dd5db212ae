"""What the schedule does besides crawls: a command of renqun as a child process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from typing import IO

from privacy.home import Home


class Chore:
    """One run of ``renqun NAME … --json``; it goes on until it ends by itself or is stopped."""

    def __init__(self, home: Home, name: str, *options: str) -> None:
        """Start it."""
        self.name = name
        self._told, self._said = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        command = [sys.executable, "-m", "api.cli", name, *options, "--json", "--home", str(home.root)]
        self._child = subprocess.Popen(command, stdout=self._told, stderr=self._said, start_new_session=True)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._child.poll() is None

    @property
    def failed(self) -> str:
        """Why it failed, in one line; "" where it went well. For one that has ended."""
        if self._child.returncode == 0:
            return ""
        lines = [line for line in _read(self._said).splitlines() if line.strip()]
        told = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")] or lines
        return told[-1] if told else f"exit code {self._child.returncode}"

    def answer(self) -> str:
        """The JSON that it printed. For one that has ended."""
        return _read(self._told)

    def stop(self) -> None:
        """End it, and wait for that."""
        self._child.terminate()
        self._child.wait()


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")

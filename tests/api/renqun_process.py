"""The real command line and the real server, as processes."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console, RenderableType

from api import cli
from api.render.console import WIDTH
from privacy.home import Home

ROOT = Path(__file__).parents[2]


def renqun(
    *words: str | Path, home: Path | None = None, seconds: float = 120, answers: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one command and wait for it; ``answers`` are what a person types."""
    command = [sys.executable, "-m", "api.cli", *map(str, words)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=seconds,
        cwd=ROOT,
        env=environment(home),
        input=answers,
    )


def answered(home: Home, *words: str | Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """What a command that must work answers as JSON, run in this process."""
    code = cli.main([*map(str, words), "--home", str(home.root), "--json"])
    out = capsys.readouterr()
    assert code == 0, out.err
    return json.loads(out.out)


def environment(home: Path | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RENQUN_")}
    return {**kept, "PYTHONIOENCODING": "utf-8", **({"RENQUN_HOME": str(home)} if home else {})}


def one_error_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that failed."""
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    return lines[0]


@contextmanager
def serving(home: Path, *options: str) -> Iterator[str]:
    """`renqun serve` on a free port; yields its base URL and ends it with SIGINT."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", *options]
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment(home)
    )
    try:
        assert child.stderr is not None
        line = child.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + child.stderr.read()
        yield found[0]
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=20)


def drawn(view: RenderableType, width: int = WIDTH) -> str:
    """A view as a terminal shows it, by default one of the widest kind."""
    out = io.StringIO()
    Console(file=out, width=width, highlight=False).print(view)
    return out.getvalue()


@contextmanager
def cpu_seconds() -> Iterator[list[float]]:
    """The processor time of the child processes that end in the block: a busy machine doesn't make it longer."""
    spent: list[float] = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield spent
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def bare_starts(spent: list[float]) -> float:
    """That time as a multiple of what a Python takes here and now that imports typer and nothing else."""
    with cpu_seconds() as bare:
        subprocess.run([sys.executable, "-c", "import typer"], check=True)
    return spent[0] / bare[0]

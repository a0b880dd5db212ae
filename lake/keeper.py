"""Batches through the gate into the lake: in this process, or in one of its own (``python -m lake.keeper``).

Cleaning takes Python's lock, which a fast crawl needs for its pages. What is kept and told is the same either way.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any, BinaryIO, Protocol, cast

from lake.gate import Gate
from lake.locks import Claim
from lake.measured import Measured, measure
from lake.raw import RawRows
from lake.store import Lake
from privacy.errors import UnavailableError

_PR_SET_PDEATHSIG = 1  # of Linux: a signal for when the parent ends


class Keeper(Protocol):
    """Keeps batches; one thread at a time."""

    def keep(self, raw: RawRows) -> Measured:
        """Clean and commit the rows: when this returns, they are on disk."""

    def close(self) -> None:
        """Let go; nothing is under way."""


class HereKeeper:
    """Keeps batches in this process."""

    def __init__(self, lake: Lake, gate: Gate) -> None:
        self._lake, self._gate = lake, gate

    def keep(self, raw: RawRows) -> Measured:
        """Clean and commit."""
        clean = self._gate.admit(raw)
        self._lake.append(clean.tables)
        return measure(clean)

    def close(self) -> None:
        """Nothing is held."""


class ProcessKeeper:
    """Keeps batches in a child, which ends with this process, however that ends, and holds its claim till then.

    The child makes a gate of its own: what the one before it learned is in the home.
    """

    def __init__(self, gate: Gate, claim: Claim) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "lake.keeper"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=claim.descriptors,
            process_group=0,  # a signal of the terminal is for the crawl, which then ends in order
        )
        self._send((os.getpid(), gate.home, gate.policy, gate.run_id))

    def keep(self, raw: RawRows) -> Measured:
        """Clean and commit. Raises what the child raised, and UnavailableError where it ended."""
        self._send(raw)
        try:
            answer = pickle.load(cast(BinaryIO, self._child.stdout))
        except (EOFError, pickle.UnpicklingError) as error:
            raise self._ended() from error
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, Measured)
        return answer

    def close(self) -> None:
        """Have the child end, and wait for it."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        with suppress(BrokenPipeError):
            self._child.stdin.close()
        self._child.wait()
        self._child.stdout.close()

    def _send(self, what: object) -> None:
        pipe = cast(BinaryIO, self._child.stdin)
        try:
            _Pickler(pipe, pickle.HIGHEST_PROTOCOL).dump(what)
            pipe.flush()
        except BrokenPipeError as error:
            raise self._ended() from error

    def _ended(self) -> UnavailableError:
        return UnavailableError(
            f"The process that writes the rows ended with code {self._child.wait()}.",
            "Run the same command again: what was not written is asked for again.",
        )


class _Pickler(pickle.Pickler):
    """Texts that are more than text, such as those that lxml gives with the tree they are from, go as plain text."""

    def reducer_override(self, value: Any) -> Any:
        return (str, (str(value),)) if isinstance(value, str) else NotImplemented


def main() -> None:
    """Keep what comes by standard input until it ends; for each batch one answer by standard output."""
    coming, going = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # the answers stand alone there
    parent, home, policy, run_id = pickle.load(coming)
    _end_with(parent)
    keeper = HereKeeper(Lake(home), Gate(home, policy, run_id))
    while True:
        try:
            raw = pickle.load(coming)
        except EOFError:
            return
        pickle.dump(_answer(keeper, raw), going, pickle.HIGHEST_PROTOCOL)
        going.flush()


def _answer(keeper: Keeper, raw: RawRows) -> Measured | Exception:
    try:
        return keeper.keep(raw)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return RuntimeError(f"{type(error).__name__}: {error}")
        return error


def _end_with(parent: int) -> None:
    """End at once when the parent does, as a thread of it would; where the system has no such signal, at its next batch."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit()


if __name__ == "__main__":
    main()

"""File locks that the system frees when their process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from privacy.errors import ConflictError
from privacy.home import Home

_LOOK = 0.02  # seconds


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait for the lock of this file and hold it: for work of at most some seconds."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Claim:
    """A lock held for a whole run; whoever else asks for it is told which process has it.

    Claims that are ``shared`` stand beside each other, but not beside one that is not.
    """

    def __init__(self, path: Path, what: str, shared: bool = False) -> None:
        """Take the lock at once. Raises ConflictError with the pid of the process that has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
        if not (_locks(self._descriptor, how) or self._after_a_look(how)):
            pid = os.pread(self._descriptor, 32, 0).decode().strip() or "unknown"
            os.close(self._descriptor)
            hint = f"Wait until it has finished, or end it (kill {pid})."
            raise ConflictError(f"Process {pid} is {what}.", hint, passing=True)
        self._name(os.getpid())

    def _name(self, pid: int) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(pid).encode(), 0)

    def _after_a_look(self, how: int) -> bool:
        """Try again: another process's ``is_held`` has the lock for a moment."""
        time.sleep(_LOOK)
        return _locks(self._descriptor, how)

    @classmethod
    def inherited(cls, descriptor: int) -> Claim:
        """The claim whose ``descriptors`` this process was started with."""
        claim = cls.__new__(cls)
        claim._descriptor = descriptor
        return claim

    def hand_over(self, pid: int) -> None:
        """Let go of it here, and name the child ``pid``, which holds it as well, as the one that has it."""
        self._name(pid)
        self.release()

    @staticmethod
    def is_held(path: Path) -> bool:
        """Whether some process holds the claim on this file now."""
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _locks(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(descriptor)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """For a child that is to hold the claim as well: it stands until both have ended."""
        return () if self._descriptor < 0 else (self._descriptor,)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def lock_folder(home: Home) -> Path:
    """Where the lake's locks lie."""
    return home.lake / ".locks"


def writer_lock(home: Home, source: str) -> Path:
    """The lock file of the one writer of a source."""
    return lock_folder(home) / f"writer-{source}.lock"


def claims(home: Home, *kinds: str) -> Iterator[Path]:
    """The lock files of these kinds ("writer", "import"), held or not."""
    return (lock for kind in kinds for lock in lock_folder(home).glob(f"{kind}-*.lock"))


def demand_quiet(home: Home) -> None:
    """Raise ConflictError while any source is being crawled or imported."""
    if any(Claim.is_held(lock) for lock in claims(home, "writer", "import")):
        raise ConflictError(
            "Something is being crawled or imported.",
            "Wait until it has finished, or end it; then run this again.",
            passing=True,
        )


def _locks(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how)
    except BlockingIOError:
        return False
    return True

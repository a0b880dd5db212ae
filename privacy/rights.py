"""Which rights this user lacks where renqun keeps things, and what to say then."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from privacy.errors import StorageError

REFUSED = "what changes it is refused, and so are answers that go into the audit trail"


def lacking(*paths: Path) -> Path | None:
    """The first of these files and folders that this user may not read and write; those that are absent are passed over."""
    return next((path for path in paths if path.exists() and not os.access(path, os.R_OK | os.W_OK)), None)


def refusal(path: Path, why: str = REFUSED) -> StorageError:
    """The error that says who lacks which right to a path, what follows from that, and what to do."""
    return StorageError(f"{told(path)}: {why}.", remedy(path))


def told(path: Path) -> str:
    """Who may not do what: ``/srv/home can't be written by ann``."""
    what = "written" if os.access(path, os.R_OK) else "read"
    return f"{path} can't be {what} by {_name(os.geteuid())}"


def remedy(path: Path) -> str:
    """What to do about it."""
    user, owner = os.geteuid(), path.stat().st_uid
    if user == owner:
        return f"Give yourself the rights: chmod -R u+rwX {path} (or mount it for writing)."
    return f"Run it as {_name(owner)}, to whom it belongs, or have them give {_name(user)} the rights."


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"

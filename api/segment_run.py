"""Computing a segment in a process of its own, for the API: its status is in the home's state."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

from audience.segments import records
from audience.segments.compute import compute
from lake.locks import Claim
from privacy.disclosure import Role
from privacy.errors import ConflictError
from privacy.home import Home


def start(home: Home, name: str, role: Role, who: str) -> None:
    """Start to compute a segment for ``who``; it outlives the request, and a failure is the segment's status.

    From here on the status is ``computing``. Where it is computed already, that goes on to what the segment is now.
    Raises NotFoundError where there is no such segment.
    """
    records.get(home, name)
    try:
        claim = records.claim(home, name)
    except ConflictError:
        if records.get(home, name).status != "computing":  # it ends just now, and may not have seen a change
            raise
        return
    try:
        records.begin(home, name)
        (descriptor,) = claim.descriptors
        child = subprocess.Popen(
            [sys.executable, "-m", "api.segment_run", str(home.root), name, role, who, str(descriptor)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=claim.descriptors,
        )
        claim.hand_over(child.pid)
    finally:
        claim.release()
    # Nobody waits for it otherwise, and it would stay in the system's list when it has ended.
    Thread(target=child.wait, name="segment", daemon=True).start()


def _run(root: str, name: str, role: str, who: str, descriptor: str) -> None:
    compute(Home(Path(root)), name, Role(role), who, held=Claim.inherited(int(descriptor)))


if __name__ == "__main__":
    _run(*sys.argv[1:])

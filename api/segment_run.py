"""Computing a segment in a process of its own, for the API: its status is in the home's state."""

from __future__ import annotations

import subprocess
import sys
from threading import Thread

from audience.segments import records
from privacy.home import Home


def start(home: Home, name: str) -> None:
    """Start ``renqun segments compute NAME``; it outlives the request, and a failure is the segment's status.

    From here on the status is ``computing``. Raises NotFoundError where there is no such segment.
    """
    before = records.get(home, name)
    child = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "segments", "compute", name, "--home", str(home.root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    records.expect(home, before, child.pid)
    # A child that ended and that nobody waited for counts as living.
    Thread(target=child.wait, name="segment", daemon=True).start()

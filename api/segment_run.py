"""Computing a segment in a process of its own, for the API: its status is in the home's state."""

from __future__ import annotations

import subprocess
import sys

from privacy.home import Home


def start(home: Home, name: str) -> None:
    """Start ``renqun segments compute NAME``; it outlives the request, and a failure is the segment's status."""
    subprocess.Popen(
        [sys.executable, "-m", "api.cli", "segments", "compute", name, "--home", str(home.root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )

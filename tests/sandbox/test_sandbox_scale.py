"""A large world stays within memory while all of it is read: words are never held."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
from pathlib import Path
from collections import deque
from datetime import UTC, datetime
from sandbox.truth import facts
from sandbox.world import World
world = World.generate(50_000, 90, 7, datetime(2026, 9, 1, tzinfo=UTC))
deque(facts(world), maxlen=0)
deque(map(world.micro.writer.draft, range(len(world.micro.posts))), maxlen=0)
posts = len(world.micro.posts) + len(world.forum.posts)
# Not getrusage: its peak counts the process that started this one, too.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(posts, int(peak.split()[1]) // 1024)
"""


@pytest.mark.soak
def test_fifty_thousand_users_stream() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=280, check=True
    )
    posts, megabytes = map(int, done.stdout.split())
    assert posts > 1_000_000
    assert megabytes < 500

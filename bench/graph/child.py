"""Measurements in processes of their own, so that neither memory nor threads of one library touch another's."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

Result = TypeVar("Result")


def in_child(function: str, *arguments: str) -> dict[str, Any]:
    """Call ``module:function`` with texts in a new process; what it returns comes back as JSON."""
    command = [sys.executable, "-m", "bench.graph.child", function, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{function} failed: {done.stderr.strip()[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


class Steps:
    """Seconds of each step of a child: by the clock, and of the processors."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def time(self, name: str, work: Callable[[], Result]) -> Result:
        """Do the work and note how long it took."""
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.wall[name], self.cpu[name] = time.perf_counter() - wall, time.process_time() - cpu
        return result

    def to_dict(self, **more: Any) -> dict[str, Any]:
        """As JSON values."""
        return {"wall": self.wall, "cpu": self.cpu, **more}


def middle(runs: list[dict[str, Any]], clock: str, *steps: str) -> float:
    """The median over runs of the seconds that these steps took together."""
    return median(sum(float(run[clock][step]) for step in steps) for run in runs)


def memory() -> Mapping[str, int]:
    """This process' memory in bytes now (``VmRSS``) and at its highest (``VmHWM``)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    fields = (line.split() for line in lines if line.startswith(("VmRSS", "VmHWM")))
    return {name.rstrip(":"): int(value) * 1024 for name, value, _ in fields}


if __name__ == "__main__":
    module, name = sys.argv[1].split(":")
    print(json.dumps(getattr(import_module(module), name)(*sys.argv[2:])))

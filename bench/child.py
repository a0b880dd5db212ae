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
from typing import Any, TypeVar, cast

Result = TypeVar("Result")


def in_child(function: str, *arguments: str) -> dict[str, Any]:
    """Call ``module:function`` with texts in a new process; what it returns comes back as JSON."""
    command = [sys.executable, "-m", "bench.child", function, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{function} failed: {done.stderr.strip()[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


# A step is done again until it took as long as this in all, but no more than so often: short steps are noisy.
LONG_ENOUGH, OFTEN_ENOUGH = 1.0, 5


class Steps:
    """Seconds of each step of a child: by the clock, and of the processors; of short steps the median of a few."""

    def __init__(self, often_enough: int = OFTEN_ENOUGH) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._often_enough = often_enough

    def time(self, name: str, work: Callable[[], Result]) -> Result:
        """Do the work, again where it is short, and note how long it took."""
        walls: list[float] = []
        cpus: list[float] = []
        while not walls or (len(walls) < self._often_enough and sum(walls) < LONG_ENOUGH):
            result: Result | None = None  # the last one's memory first
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            result = work()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
        self.wall[name], self.cpu[name] = median(walls), median(cpus)
        return cast(Result, result)

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

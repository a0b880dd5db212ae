"""The benchmarks by name: each module has ``TASKS``, or ``run(quick, say) -> list[Figure]`` where it has but one.

``TASKS`` maps a task's name to the module that measures it, with ``measure(quick, say) -> Iterable[Figure]``: one task
can be run alone, and one whose data is not at hand is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib import import_module

from bench.data import NoDataError
from bench.figures import Figure, Say
from privacy.errors import BadInputError

# name to module
BENCHES = {
    "audience": "bench.audience",
    "campaigns": "bench.campaigns",
    "crawl": "bench.crawl",
    "graph": "bench.graph",
    "imports": "bench.imports",
    "language": "bench.language",
    "lookalike": "bench.lookalike",
}


def run(name: str, quick: bool, say: Say, only: Collection[str] = ()) -> list[Figure]:
    """Run one benchmark; ``quick`` does the same on a small part in under a minute, ``only`` names the tasks to run.

    Raises BadInputError for a task that the benchmark does not have.
    """
    bench = import_module(BENCHES[name])
    tasks: Mapping[str, str] = getattr(bench, "TASKS", {})
    for task in only:
        if task not in tasks:
            known = f"There are {', '.join(tasks)}." if tasks else "It has one task: leave --only out."
            raise BadInputError(f"The benchmark {name} has no task {task!r}.", known)
    if not tasks:
        figures: list[Figure] = bench.run(quick, say)
        return figures
    return [figure for task in only or tasks for figure in _measured(task, tasks[task], quick, say)]


def _measured(task: str, module: str, quick: bool, say: Say) -> list[Figure]:
    try:
        return list(import_module(module).measure(quick, say))
    except NoDataError as missing:
        say(f"{task}: {missing}: left out")
        return []

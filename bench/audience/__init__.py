"""Audience search on synthetic profiles: indexing, searching beside peers, over HTTP, exporting.

A task is a module here with ``measure(quick, say) -> Iterable[Figure]``. Profiles are drawn with a fixed seed
(`bench.audience.profiles`): 1,000,000 of them, 100,000 with ``--quick``. Goals are those of the million, and are told of it
alone.
"""

TASKS = {
    "index": "bench.audience.indexing",
    "search": "bench.audience.searching",
    "http": "bench.audience.http",
    "export": "bench.audience.exporting",
}

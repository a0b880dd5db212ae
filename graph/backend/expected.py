"""Tests of NetworkX's own suite that cannot pass here, and why: NetworkX asks for them when it tests a backend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ONE_DIVISION = (
    "asserts the one division of the karate club that NetworkX's random numbers lead to (modularity 0.4188); "
    "ours is another (0.4198)"
)

# End of the test's id to the reason.
DIFFERENT: Mapping[str, str] = {
    "test_louvain.py::test_karate_club_partition": _ONE_DIVISION,
    "test_louvain.py::test_undirected_selfloops": _ONE_DIVISION,
    "test_louvain.py::test_none_weight_param": _ONE_DIVISION,
    "test_louvain.py::test_multigraph": "asserts that the divisions of a graph, done here, and of a multigraph, done by "
    "NetworkX, are one and the same",
}


def on_start_tests(items: Iterable[Any]) -> None:
    """Mark them as expected to fail."""
    import pytest

    for item in items:
        for name, reason in DIFFERENT.items():
            if item.location[0].endswith(name.split("::")[0]) and item.name == name.split("::")[1]:
                item.add_marker(pytest.mark.xfail(reason=reason, strict=True))

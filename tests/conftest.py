"""What all tests share: how many examples the property tests try, and how wide the terminal is.

Examples are few in `make test`, many in `make soak` (which sets RENQUN_SOAK). They are the same each time, so that a failure is of
the change at hand; RENQUN_EXPLORE=1 draws others.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.audience.elastic_server import elastic_server

__all__ = ["elastic_server"]

# Their assertions are tests' own: they tell the values when they fail.
pytest.register_assert_rewrite("tests.crawlers.frontier_contract", "tests.graph.backend_lab")

# Answers are as wide as where there is no terminal, not as whoever runs the tests has theirs.
os.environ.pop("COLUMNS", None)

settings.register_profile(
    "renqun",
    max_examples=1000 if os.environ.get("RENQUN_SOAK") else 25,
    derandomize=not os.environ.get("RENQUN_EXPLORE"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("renqun")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that hypothesis drives as `property`, so that `make soak` forgets none of them."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")

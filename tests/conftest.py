"""How many examples the property tests try: few in `make test`, many in `make soak` (which sets RENQUN_SOAK)."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.audience.elastic_server import elastic_server

__all__ = ["elastic_server"]

_CALM = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("test", max_examples=25, deadline=None, suppress_health_check=_CALM)
settings.register_profile("soak", max_examples=1000, deadline=None, suppress_health_check=_CALM)
settings.load_profile("soak" if os.environ.get("RENQUN_SOAK") else "test")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that hypothesis drives as `property`, so that `make soak` forgets none of them."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")

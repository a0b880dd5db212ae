"""The Elasticsearch that tests share: one a session, on the one worker that runs them, skipped where it cannot be had."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bench.elasticsearch_server import AbsentError, ElasticsearchServer, Lock

ON_ONE_WORKER = pytest.mark.xdist_group("elasticsearch")


def started(lock: Lock | None = None) -> ElasticsearchServer:
    """A server to test with; where it cannot be had a skip, and a failure under RENQUN_REQUIRE_ELASTICSEARCH."""
    try:
        return ElasticsearchServer(quick=True, lock=lock)
    except AbsentError as absent:
        if os.environ.get("RENQUN_REQUIRE_ELASTICSEARCH"):
            pytest.fail(f"Elasticsearch was to be run: {absent}")
        pytest.skip(f"no Elasticsearch: {absent}")


@pytest.fixture(scope="session")
def elastic_server() -> Iterator[ElasticsearchServer]:
    """A running server; whoever kills it starts it again."""
    server = started()
    yield server
    server.close()

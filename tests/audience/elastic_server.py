"""The Elasticsearch that tests share: one a session, on the one worker that runs them, skipped where it cannot be had."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bench.elasticsearch_server import AbsentError, ElasticsearchServer

ON_ONE_WORKER = pytest.mark.xdist_group("elasticsearch")


@pytest.fixture(scope="session")
def elastic_server() -> Iterator[ElasticsearchServer]:
    """A running server; whoever kills it starts it again. A failure, not a skip, under RENQUN_REQUIRE_ELASTICSEARCH."""
    try:
        server = ElasticsearchServer(quick=True)
    except AbsentError as absent:
        if os.environ.get("RENQUN_REQUIRE_ELASTICSEARCH"):
            pytest.fail(f"Elasticsearch was to be run: {absent}")
        pytest.skip(f"no Elasticsearch: {absent}")
    yield server
    server.close()

"""The Elasticsearch that tests share: one a session, on the one worker that runs them, skipped where it cannot be had."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from audience.engines.elasticsearch_settings import ElasticsearchSettings
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


def in_use(
    server: ElasticsearchServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> ElasticsearchSettings:
    """The server as the engine in use, with a prefix for this test alone."""
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    monkeypatch.setenv("RENQUN_ES_URL", server.url)
    monkeypatch.setenv("RENQUN_ES_PREFIX", f"t{abs(hash(request.node.nodeid)):x}"[:20])
    return ElasticsearchSettings.from_environment()

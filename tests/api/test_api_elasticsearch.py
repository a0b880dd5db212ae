"""What doctor says of an Elasticsearch: one that is well, one that is away, and one that others can listen to."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.doctor import Finding
from api.doctor_elasticsearch import elasticsearch_findings
from audience.engines.elasticsearch_health import Health
from audience.index.build import build
from bench.elasticsearch_server import VERSION, ElasticsearchServer
from privacy.home import Home
from tests.audience.audience_world import profiles, write_world
from tests.audience.elastic_server import ON_ONE_WORKER

pytestmark = ON_ONE_WORKER


class Elsewhere(BaseHTTPRequestHandler):
    """What is no Elasticsearch answers in HTML, that it knows no such method."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.what: finding for finding in findings}


def test_doctor_tells_the_server_and_the_index(
    elastic_server: ElasticsearchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    monkeypatch.setenv("RENQUN_ES_URL", elastic_server.url)
    monkeypatch.setenv("RENQUN_ES_PREFIX", "doctor")
    before = _by_name(elasticsearch_findings())
    assert before["elasticsearch"].level == "ok", before["elasticsearch"]
    assert f"version {VERSION}" in before["elasticsearch"].says
    assert "licence basic" in before["elasticsearch"].says
    assert before["elasticsearch index"].level == "warn"
    assert before["elasticsearch index"].do == "renqun mine"

    build(write_world(tmp_path, profiles(100)))
    httpx.put(f"{elastic_server.url}/doctor-people-left").raise_for_status()
    after = _by_name(elasticsearch_findings())["elasticsearch index"]
    assert after.level == "ok"
    assert after.says.startswith("90 people in doctor-people-0-")
    assert "1 left by builds before" in after.says


def test_doctor_tells_that_data_is_missing(
    elastic_server: ElasticsearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    monkeypatch.setenv("RENQUN_ES_URL", elastic_server.url)
    nowhere = {"index.routing.allocation.require.zone": "none", "index.number_of_replicas": 0}
    made = f"{elastic_server.url}/nowhere"
    httpx.put(f"{made}?wait_for_active_shards=0", json={"settings": nowhere}).raise_for_status()
    try:
        found = _by_name(elasticsearch_findings())["elasticsearch"]
    finally:
        httpx.delete(made).raise_for_status()
    assert found.level == "bad"
    assert "red" in found.says


def test_doctor_says_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENQUN_ES_URL", "http://127.0.0.1:9")
    [asked] = elasticsearch_findings()
    assert asked.level == "warn"
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    [needed] = elasticsearch_findings()
    assert needed.level == "bad"
    assert "does not answer" in needed.says
    monkeypatch.delenv("RENQUN_ES_URL")
    [unset] = elasticsearch_findings()
    assert unset.level == "bad"
    assert "RENQUN_ES_URL is not set" in unset.says


def test_doctor_says_what_is_wrong_with_an_address(
    elastic_server: ElasticsearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    monkeypatch.setenv("RENQUN_ES_URL", elastic_server.url.replace("http:", "https:"))
    [plain] = elasticsearch_findings()
    assert plain.says.endswith("does not speak TLS")
    assert "http://" in plain.do
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        try:
            monkeypatch.setenv("RENQUN_ES_URL", f"http://127.0.0.1:{other.server_port}")
            [elsewhere] = elasticsearch_findings()
        finally:
            other.shutdown()
    assert elsewhere.says.endswith("is not Elasticsearch")
    assert elsewhere.do == "check RENQUN_ES_URL"


def test_health_does_not_wait_for_a_server_that_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    asker = TestClient(create_app(Home(tmp_path)), base_url="http://127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("RENQUN_ES_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        answer = asker.get("/v1/health")
        assert time.monotonic() - began < 20  # a question has no end while the server lives
    assert (answer.status_code, answer.json()["unreachable"]) == (200, ["elasticsearch"])
    monkeypatch.delenv("RENQUN_ENGINE")
    assert asker.get("/v1/health").json() == {"status": "no index", "unreachable": [], "tables": {}}


def test_doctor_doubts_what_is_not_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    doubtful = Health(("8.19.0",), "red", 2, "basic", False, False, ("r-people-1",), (), 0)
    monkeypatch.setenv("RENQUN_ES_URL", "http://127.0.0.1:9200")
    monkeypatch.setattr("audience.engines.elasticsearch_health.look", lambda settings: doubtful)
    said = [(finding.level, finding.says) for finding in elasticsearch_findings()]
    assert [level for level, _ in said] == ["bad", "warn", "bad", "warn", "note"]
    assert "red" in said[0][1]
    assert "unencrypted" in said[3][1]

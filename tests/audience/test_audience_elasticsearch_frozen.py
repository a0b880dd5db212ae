"""An Elasticsearch that stands still: connections stay open and nothing is answered. Who asks is told soon, who indexes waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.doctor import diagnose
from audience.engines import elasticsearch_pulse
from audience.engines.base import Scope
from audience.engines.elasticsearch_bulk import patient
from audience.engines.elasticsearch_link import UnreachableError, link_to
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.elasticsearch_store import ElasticsearchStore
from audience.index.build import build
from audience.query.model import AudienceQuery
from bench.elasticsearch_server import ElasticsearchServer
from privacy.home import Home
from tests.audience.audience_world import AS_OF, profiles, write_world
from tests.audience.elastic_people import PEOPLE, batches_then, some_batches
from tests.audience.elastic_server import ON_ONE_WORKER, in_use

pytestmark = [ON_ONE_WORKER, pytest.mark.timeout(120)]

EVERYBODY, SCOPE = AudienceQuery(), Scope(AS_OF, str.split)


@pytest.fixture
def settings(
    elastic_server: ElasticsearchServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> ElasticsearchSettings:
    return in_use(elastic_server, request, monkeypatch)


@contextmanager
def taking(least: float, most: float) -> Iterator[None]:
    """What is inside takes so many seconds."""
    began = time.monotonic()
    yield
    assert least <= time.monotonic() - began <= most


def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is asked sooner whether it lives: so that tests need not wait."""
    monkeypatch.setattr(elasticsearch_pulse, "_QUIET", 1.0)
    monkeypatch.setattr(elasticsearch_pulse, "_BEAT", 1.0)


def test_who_asks_a_server_that_hangs_is_told_within_ten_seconds_and_then_at_once(
    settings: ElasticsearchSettings, elastic_server: ElasticsearchServer, tmp_path: Path
) -> None:
    home = write_world(tmp_path, profiles(200))
    build(home)
    asker = TestClient(create_app(home), base_url="http://127.0.0.1", client=("127.0.0.1", 1))

    def ask(number: int) -> httpx.Response:
        answer: httpx.Response = asker.post("/v1/search", json={"query": f"active:{30 + number}d"})
        return answer

    assert ask(0).status_code == 200
    with elastic_server.frozen():
        with taking(5, 25), ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(1, 9)))
        with taking(0, 5):
            answers.append(ask(9))
        for answer in answers:
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0
            assert "does not answer" in answer.json()["detail"]
        with taking(0, 5):
            assert asker.get("/v1/health").json()["status"] == "unreachable"
    with taking(0, 10):
        while ask(10).status_code != 200:
            time.sleep(0.1)


def test_doctor_tells_of_a_server_that_hangs_in_seconds_and_once(
    settings: ElasticsearchSettings, elastic_server: ElasticsearchServer, tmp_path: Path
) -> None:
    home = write_world(tmp_path, profiles(200))
    build(home)
    with elastic_server.frozen(), taking(0, 15):
        found = {finding.what: finding for finding in diagnose(home).findings}
    assert found["elasticsearch"].level == "bad"
    assert "does not answer" in found["elasticsearch"].says
    assert "doctor" not in found["elasticsearch"].do
    assert found["index"].says == "not looked at: elasticsearch can't be asked"


def test_what_takes_long_on_a_server_that_lives_is_not_cut_off(
    settings: ElasticsearchSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_haste(monkeypatch)
    link = link_to(settings)
    lone = link.client.options(ignore_status=408)  # one node waits in vain for a second one
    with taking(4, 20):
        assert link.call(lone.cluster.health(wait_for_nodes=">1", timeout="4s"))["timed_out"]


def test_a_server_that_stands_still_for_a_moment_is_waited_for(
    settings: ElasticsearchSettings, elastic_server: ElasticsearchServer, tmp_path: Path
) -> None:
    home = write_world(tmp_path, profiles(200))
    build(home)
    engine = ElasticsearchStore(home, settings).open(next(home.index.glob("0-*")))
    with ThreadPoolExecutor(1) as pool:
        with elastic_server.frozen():
            count = pool.submit(engine.count, EVERYBODY, SCOPE)
            time.sleep(6)
        assert count.result(10) == 180


def test_indexing_gives_up_when_its_patience_ends(
    settings: ElasticsearchSettings, elastic_server: ElasticsearchServer, tmp_path: Path
) -> None:
    store = ElasticsearchStore(Home.find(tmp_path), replace(settings, patience=3.0))
    first, second = store.home.index / "1-a", store.home.index / "2-b"
    first.mkdir(parents=True)
    second.mkdir()
    with ExitStack() as stack:
        freeze = batches_then(4, lambda: stack.enter_context(elastic_server.frozen()))
        with taking(3, 15), pytest.raises(UnreachableError, match="does not answer"):
            store.write(first, freeze)
    assert store.write(second, some_batches) == PEOPLE


def test_indexing_goes_on_after_a_server_that_stood_still(
    settings: ElasticsearchSettings,
    elastic_server: ElasticsearchServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_haste(monkeypatch)
    store = ElasticsearchStore(Home.find(tmp_path), settings)
    folder = store.home.index / "1-a"
    folder.mkdir(parents=True)
    still = threading.Event()

    def stand_still() -> None:
        with elastic_server.frozen():
            still.set()
            time.sleep(4)

    standing = threading.Thread(target=stand_still)

    def begin() -> None:
        standing.start()
        still.wait()

    try:
        assert store.write(folder, batches_then(4, begin)) == PEOPLE
    finally:
        standing.join()


def test_patience_begins_when_the_server_falls_silent(
    settings: ElasticsearchSettings, elastic_server: ElasticsearchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merge has no end that could be told before: it is waited for while the server lives, and a little longer."""
    in_haste(monkeypatch)
    link = link_to(replace(settings, patience=2.0))
    with ThreadPoolExecutor(1) as pool:
        merged = pool.submit(
            patient, link, lambda: link.client.cluster.health(wait_for_nodes=">1", timeout="60s")
        )
        time.sleep(4)
        assert not merged.done()
        with elastic_server.frozen(), taking(0.5, 10), pytest.raises(UnreachableError):
            merged.result(10)

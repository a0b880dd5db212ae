"""The life of an Elasticsearch index: built anew beside the one in use, through servers that stop and builds that are killed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, AuthorizationException
from fastapi.testclient import TestClient

from api.app import create_app
from api.cli import main
from audience.engines import elasticsearch
from audience.engines.base import FACET_FIELDS, Scope
from audience.engines.elasticsearch import ElasticsearchEngine
from audience.engines.elasticsearch_link import UnreachableError, told
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.elasticsearch_store import ElasticsearchStore
from audience.errors import BadQueryError, NotMinedError
from audience.index.build import build
from audience.index.opened import current, open_index
from audience.query.model import MAX_CLAUSES, AudienceQuery
from audience.query.text import parse
from audience.search.ask import search
from bench.elasticsearch_server import ElasticsearchServer
from privacy.errors import BadInputError, ConflictError
from privacy.home import Home
from tests.audience.audience_world import AS_OF, profiles, write_world
from tests.audience.elastic_people import ACCOUNTS, PEOPLE, batches_then, some_batches
from tests.audience.elastic_server import ON_ONE_WORKER, in_use

pytestmark = ON_ONE_WORKER

SCOPE = Scope(AS_OF, str.split)
EVERYBODY = AudienceQuery()


@pytest.fixture
def settings(
    elastic_server: ElasticsearchServer, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> ElasticsearchSettings:
    return in_use(elastic_server, request, monkeypatch)


@pytest.fixture
def store(settings: ElasticsearchSettings, tmp_path: Path) -> ElasticsearchStore:
    return ElasticsearchStore(Home.find(tmp_path), settings)


def _indices(store: ElasticsearchStore) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{store.settings.url}/{store.alias}-*").json()
    return found


def _folder(store: ElasticsearchStore, name: str) -> Path:
    folder = store.home.index / name
    folder.mkdir(parents=True)
    return folder


def test_an_index_is_built_beside_the_one_in_use_and_nobody_notices(
    settings: ElasticsearchSettings, tmp_path: Path
) -> None:
    home = write_world(tmp_path, profiles(200))
    build(home)
    done, failures, answers = threading.Event(), [], 0

    def ask() -> None:
        nonlocal answers
        while not done.is_set():
            try:
                assert open_index(home).engine.count(EVERYBODY, SCOPE) == 180
                answers += 1
            except Exception as error:
                failures.append(error)

    asker = threading.Thread(target=ask)
    asker.start()
    build(home, force=True)
    build(home, force=True)
    done.set()
    asker.join()
    assert not failures
    assert answers > 10
    [(index, state)] = _indices(ElasticsearchStore(home, settings)).items()
    assert state["aliases"] == {f"{settings.prefix}-people": {}}
    assert index.endswith(current(home).name)
    assert [member.person_id for member in search(home, "active:365d").members]


def test_who_reads_an_index_that_was_removed_reads_the_new_one(store: ElasticsearchStore) -> None:
    first, second = _folder(store, "1-a"), _folder(store, "2-b")
    store.write(first, some_batches)
    store.publish(first)
    reader = store.open(first)
    store.write(second, some_batches)
    store.publish(second)
    store.remove_others(second)
    assert reader.count(EVERYBODY, SCOPE) == PEOPLE
    assert not store.is_whole(first)
    assert store.is_whole(second)
    httpx.delete(f"{store.settings.url}/{store.alias}-2-b/_alias/{store.alias}").raise_for_status()
    assert not store.is_whole(second)  # so that the next build makes up for it
    httpx.delete(f"{store.settings.url}/{store.alias}-2-b")
    with pytest.raises(NotMinedError, match="gone"):
        store.open(second)


def test_an_export_under_way_goes_on_through_a_build(
    store: ElasticsearchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elasticsearch, "_PAGE", 200)
    first, second, third = (_folder(store, name) for name in ("1-a", "2-b", "3-c"))
    store.write(first, some_batches)
    store.publish(first)
    export = store.open(first).texts(EVERYBODY, SCOPE)
    rows = list(islice(export, 250))
    store.write(second, some_batches)
    store.publish(second)
    store.remove_others(second)
    assert len(_indices(store)) == 2
    rows += export
    assert len(rows) > 600
    assert rows == list(store.open(second).texts(EVERYBODY, SCOPE))

    store.write(third, some_batches)
    store.publish(third)
    store.remove_others(third)
    assert list(_indices(store)) == [f"{store.alias}-3-c"]


_LEFT_OPEN = """
import os, sys
from pathlib import Path
from audience.engines import elasticsearch
from audience.engines.base import Scope
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.elasticsearch_store import ElasticsearchStore
from audience.query.model import AudienceQuery
from privacy.home import Home
from tests.audience.audience_world import AS_OF
elasticsearch._PAGE = 200
home = Home.find(sys.argv[1])
store = ElasticsearchStore(home, ElasticsearchSettings.from_environment())
engine = store.open(home.index / "1-a")
pages = [engine.texts(AudienceQuery(), Scope(AS_OF, str.split)) for _ in range(3)]
for page in pages:
    next(page)
pages.pop().close()
"""


def test_a_process_that_ends_while_it_reads_says_nothing(store: ElasticsearchStore) -> None:
    store.write(_folder(store, "1-a"), some_batches)
    command = [sys.executable, "-W", "default", "-c", _LEFT_OPEN, str(store.home.root)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_indexing_waits_for_a_server_that_stops_and_goes_on(
    store: ElasticsearchStore, elastic_server: ElasticsearchServer
) -> None:
    def crash() -> None:
        elastic_server.kill()
        time.sleep(1)  # what is on its way meets nobody, and waits
        elastic_server.start()

    folder = _folder(store, "1-a")
    assert store.write(folder, batches_then(4, crash)) == PEOPLE
    assert store.open(folder).count(EVERYBODY, SCOPE) == PEOPLE


def test_while_the_server_is_away_all_say_so_and_a_build_that_gave_up_goes_on_later(
    store: ElasticsearchStore,
    elastic_server: ElasticsearchServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = write_world(tmp_path / "other", profiles(200))
    monkeypatch.setenv("RENQUN_ES_PREFIX", store.settings.prefix + "x")
    build(home)
    reader = open_index(home).engine
    hurried = ElasticsearchStore(store.home, replace(store.settings, patience=0.0))
    page = reader.everyone(EVERYBODY, SCOPE)
    next(iter(page))
    asker = TestClient(create_app(home), base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    assert asker.get("/v1/health").json()["status"] == "ready"
    with pytest.raises(UnreachableError):
        hurried.write(_folder(store, "1-a"), batches_then(5, elastic_server.kill))
    try:
        with pytest.raises(UnreachableError, match="does not answer"):
            reader.count(EVERYBODY, SCOPE)
        health = asker.get("/v1/health")
        assert (health.status_code, health.json()["status"]) == (200, "unreachable")
        assert health.json()["unreachable"] == ["elasticsearch"]
        answer = asker.get("/v1/search", params={"q": "active:30d"})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert "Elasticsearch" in answer.json()["detail"]
        assert main(["search", "active:30d", "--home", str(home.root)]) == 1
        [line] = capsys.readouterr().err.splitlines()
        assert line.startswith("error: Elasticsearch at http://127.0.0.1:")
    finally:
        elastic_server.start()
    assert reader.count(EVERYBODY, SCOPE) == 180

    kept = json.loads((store.home.index / "elasticsearch.partial.json").read_text())
    assert 300 <= kept["persons"] <= 500
    folder = _folder(store, "1-b")
    assert store.write(folder, some_batches) == PEOPLE
    assert list(_indices(store)) == [kept["index"]]
    sent = httpx.get(f"{store.settings.url}/{kept['index']}/_stats/indexing").json()
    assert sent["_all"]["total"]["indexing"]["index_total"] == PEOPLE - kept["persons"]
    assert store.open(folder).count(EVERYBODY, SCOPE) == PEOPLE


_KILLED = """
import os, sys
from pathlib import Path
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.elasticsearch_store import ElasticsearchStore
from privacy.home import Home
from tests.audience.elastic_people import batches_then
home = Home.find(sys.argv[1])
store = ElasticsearchStore(home, ElasticsearchSettings.from_environment())
folder = home.index / "1-killed"
folder.mkdir(parents=True)
store.write(folder, batches_then(6, lambda: os.kill(os.getpid(), 9)))
"""


def test_what_a_killed_build_left_is_taken_up_where_the_people_are_the_same(
    store: ElasticsearchStore,
) -> None:
    _kill_a_build(store)
    [left] = _indices(store)
    folder = _folder(store, "2-b")
    assert store.write(folder, some_batches) == PEOPLE
    assert json.loads((folder / "elasticsearch.json").read_text()) == {"index": left}


def test_what_a_killed_build_left_is_removed_where_they_are_not(store: ElasticsearchStore) -> None:
    _kill_a_build(store)
    [left] = _indices(store)
    folder = _folder(store, "2-b")
    assert store.write(folder, lambda: some_batches(seed=6)) == PEOPLE
    store.publish(folder)
    assert list(_indices(store)) == [f"{store.alias}-2-b"] != [left]

    _kill_a_build(store)
    (store.home.index / "elasticsearch.partial.json").unlink()
    assert len(_indices(store)) == 2
    store.remove_others(folder)
    assert list(_indices(store)) == [f"{store.alias}-2-b"]


def _kill_a_build(store: ElasticsearchStore) -> None:
    shutil.rmtree(store.home.index / "1-killed", ignore_errors=True)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(store.home.root)], check=False)
    assert done.returncode == -9


def test_another_home_under_the_same_prefix_is_refused(store: ElasticsearchStore, tmp_path: Path) -> None:
    folder = _folder(store, "1-a")
    store.write(folder, some_batches)
    store.publish(folder)
    other = ElasticsearchStore(Home.find(tmp_path / "other"), store.settings)
    with pytest.raises(ConflictError, match="another home") as refused:
        other.write(_folder(other, "1-a"), some_batches)
    assert "RENQUN_ES_PREFIX" in refused.value.hint
    assert list(_indices(store)) == [f"{store.alias}-1-a"]


@pytest.fixture
def engine(store: ElasticsearchStore) -> ElasticsearchEngine:
    folder = _folder(store, "1-a")
    store.write(folder, some_batches)
    return store.open(folder)


def test_more_blocked_people_than_one_clause_takes(engine: ElasticsearchEngine) -> None:
    known = [row["account_id"] for row in profiles(ACCOUNTS)[:20]]
    many = frozenset([*known, *(f"v{number:032d}" for number in range(70_000))])
    assert engine.count(EVERYBODY, Scope(AS_OF, str.split, many)) == PEOPLE - 18


def test_more_buckets_than_the_server_gives_at_once(
    engine: ElasticsearchEngine, settings: ElasticsearchSettings
) -> None:
    whole = engine.facets(EVERYBODY, SCOPE, FACET_FIELDS, 1_000)
    cluster = f"{settings.url}/_cluster/settings"
    httpx.put(cluster, json={"persistent": {"search.max_buckets": 30}}).raise_for_status()
    try:
        assert engine.facets(EVERYBODY, SCOPE, FACET_FIELDS, 1_000) == whole
    finally:
        httpx.put(cluster, json={"persistent": {"search.max_buckets": None}}).raise_for_status()


def test_facets_are_exact_over_several_shards(store: ElasticsearchStore) -> None:
    sharded = ElasticsearchStore(store.home, replace(store.settings, shards=3))
    folder = _folder(store, "1-a")
    sharded.write(folder, some_batches)
    reader = sharded.open(folder)
    whole = reader.facets(EVERYBODY, SCOPE, ("hour", "term"), 1_000)
    for field, counts in reader.facets(EVERYBODY, SCOPE, ("hour", "term"), 3).items():
        most = sorted(whole[field].items(), key=lambda item: (-item[1], item[0]))[:3]
        assert list(counts.items()) == most


@pytest.mark.parametrize(("depth", "taken"), [(26, True), (27, False), (50, False)])
def test_how_deep_a_query_may_be(depth: int, taken: bool, engine: ElasticsearchEngine) -> None:
    query = parse("region:上海")
    for level in range(depth - 1):
        other = parse("kind:person" if level % 2 else "tag:露营").all
        part = {"any": (*other, query)} if level % 2 else {"all": (*other, query)}
        query = AudienceQuery(**part)
    if taken:
        assert 0 < engine.count(query, SCOPE) < PEOPLE
    else:
        with pytest.raises(BadQueryError, match="nested deeper"):
            engine.count(query, SCOPE)


def test_as_many_conditions_as_a_query_may_have(engine: ElasticsearchEngine) -> None:
    tags = [f"tag:没有{number}" for number in range(MAX_CLAUSES - 2)]
    query = parse(" OR ".join(["region:上海", *tags]))
    assert engine.count(query, SCOPE) == engine.count(parse("region:上海"), SCOPE) > 0
    assert len(engine.search(query, SCOPE, 10)) == 10


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("URL", "", "not set"),
        ("URL", "ftp://127.0.0.1", "no address"),
        ("URL", "http://127.0.0.1:99999", "no address"),
        ("URL", "http://me:secret@127.0.0.1", "password"),
        ("PREFIX", "Renqun*", "no name"),
        ("USER", "me", "go together"),
        ("CA", "/no/such/file", "no file"),
        ("SHARDS", "0", "1 to 64"),
        ("SHARDS", "65", "1 to 64"),
        ("SHARDS", "1.5", "whole number"),
        ("KNN", "0.5", "whole number"),
        ("PATIENCE", "long", "number"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENQUN_ES_URL", "http://127.0.0.1:9200")
    monkeypatch.setenv(f"RENQUN_ES_{name}", value)
    with pytest.raises(BadInputError, match=says) as refused:
        ElasticsearchSettings.from_environment()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("kind", "status"), [(ApiError, 429), (AuthorizationException, 403)])
def test_a_full_disk_is_told_as_that(kind: type[ApiError], status: int) -> None:
    reason = (
        "index [renqun-people-1] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark]"
    )
    cause = {"type": "cluster_block_exception", "reason": reason}
    node = NodeConfig("http", "127.0.0.1", 9200)
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.0, node)
    body = {"error": {"root_cause": [cause], **cause}, "status": status}
    error = told(kind("cluster_block_exception", meta, body), "http://127.0.0.1:9200")
    assert "flood-stage watermark" in error.message
    assert "disk" in error.hint


def test_secrets_are_not_shown() -> None:
    assert "geheim" not in repr(
        ElasticsearchSettings("http://127.0.0.1:9200", api_key="geheim", password="geheim")
    )

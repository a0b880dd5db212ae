"""An Elasticsearch with TLS and logins: the rights that docs/elasticsearch.md lists are enough, and what fails is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from api.doctor_elasticsearch import elasticsearch_findings
from audience.engines.elasticsearch_health import look
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.index.build import build
from audience.search.ask import search
from bench.elasticsearch_server import ElasticsearchServer, Lock
from privacy.errors import UnavailableError
from tests.audience.audience_world import profiles, write_world
from tests.audience.elastic_server import ON_ONE_WORKER, started

pytestmark = [ON_ONE_WORKER, pytest.mark.soak]

RIGHTS: dict[str, Any] = {
    "cluster": ["monitor", "manage_index_templates"],
    "indices": [{"names": ["locked-people*"], "privileges": ["all"]}],
}


@pytest.fixture(scope="module")
def lock(tmp_path_factory: pytest.TempPathFactory) -> Lock:
    folder = tmp_path_factory.mktemp("lock")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = {name: folder / f"{name}.pem" for name in ("authority", "certificate", "key")}
    lock = Lock(**files, user="renqun", password="correct horse", rights=RIGHTS)
    authority.cert_pem.write_to_path(str(lock.authority))
    issued.cert_chain_pems[0].write_to_path(str(lock.certificate))
    issued.private_key_pem.write_to_path(str(lock.key))
    return lock


@pytest.fixture(scope="module")
def locked_server(lock: Lock) -> Iterator[ElasticsearchServer]:
    server = started(lock)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def _settings(locked_server: ElasticsearchServer, lock: Lock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENQUN_ENGINE", "elasticsearch")
    monkeypatch.setenv("RENQUN_ES_URL", locked_server.url)
    monkeypatch.setenv("RENQUN_ES_CA", str(lock.authority))
    monkeypatch.setenv("RENQUN_ES_PREFIX", "locked")
    monkeypatch.setenv("RENQUN_ES_USER", lock.user)
    monkeypatch.setenv("RENQUN_ES_PASSWORD", lock.password)


def test_people_are_indexed_and_found_with_the_rights_of_the_docs(tmp_path: Path) -> None:
    home = write_world(tmp_path / "home", profiles(100))
    for _ in range(2):
        build(home, force=True)
        assert search(home, "active:365d").members
    assert [finding.level for finding in elasticsearch_findings()] == ["ok", "ok"]


def test_a_wrong_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENQUN_ES_PASSWORD", "wrong")
    with pytest.raises(UnavailableError, match=r"refuses this login \(401\)"):
        look(ElasticsearchSettings.from_environment())


def test_a_right_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENQUN_ES_PREFIX", "elsewhere")
    with pytest.raises(UnavailableError, match=r"refuses this login \(403\)"):
        build(write_world(tmp_path / "home", profiles(100)), force=True)


def test_a_certificate_of_an_unknown_authority_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RENQUN_ES_CA")
    with pytest.raises(UnavailableError, match="certificate") as told:
        look(ElasticsearchSettings.from_environment())
    assert "RENQUN_ES_CA" in told.value.hint
    [finding] = elasticsearch_findings()
    assert finding.level == "bad"
    assert "RENQUN_ES_CA" in finding.do

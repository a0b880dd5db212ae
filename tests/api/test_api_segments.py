"""Segments through the faces: the document's commands in order, and the same over HTTP."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import cli
from api.keys import add_key, revoke_key
from audience.segments.alerts import watch
from audience.segments.manage import save
from privacy.disclosure import Role
from privacy.home import Home
from tests.api.renqun_process import ROOT, serving

pytestmark = pytest.mark.xdist_group("faces")


@pytest.fixture(scope="module")
def own_home(mined_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the mined home, since segments are written to it."""
    return Path(shutil.copytree(mined_home, tmp_path_factory.mktemp("segments") / "home"))


def test_the_commands_of_the_document_run_in_order(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RENQUN_HOME", str(own_home))
    text = (ROOT / "docs" / "segments.md").read_text("utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    assert len(lines) > 10
    for line in lines:
        assert cli.main(shlex.split(line)[1:]) == 0, (line, capsys.readouterr().err)
        out = capsys.readouterr().out
        if line == "renqun segments list":
            assert "露营潜客" in out
            assert "ready" in out
    assert cli.main(["segments", "delete", "露营潜客"]) != 0
    assert "used by" in capsys.readouterr().err


@pytest.fixture(scope="module")
def client(own_home: Path) -> Iterator[httpx.Client]:
    with serving(own_home) as url, httpx.Client(base_url=url, timeout=60) as made:
        yield made


def settled(client: httpx.Client, name: str, version: int) -> dict[str, Any]:
    """The segment once this version is there."""
    for _ in range(600):
        one: dict[str, Any] = client.get(f"/v1/segments/{name}").json()
        if one["status"] in ("ready", "failed") and len(one["versions"]) >= version:
            return one
        time.sleep(0.1)
    raise AssertionError(one)


def test_a_segment_over_http(client: httpx.Client) -> None:
    made = client.post("/v1/segments", json={"name": "网上", "query": "tag:露营", "frozen": True})
    assert (made.status_code, made.json()["status"]) == (202, "computing"), made.text
    one = settled(client, "网上", 1)
    assert (one["status"], one["frozen"]) == ("ready", True)
    plain = client.get("/v1/search", params={"q": "tag:露营"}).json()
    assert (
        client.get("/v1/search", params={"q": "segment:网上"}).json()["total"]
        == plain["total"]
        == one["total"]
    )
    noted = client.patch("/v1/segments/网上", json={"note": "周报"}).json()
    assert (noted["note"], noted["status"], len(noted["versions"])) == ("周报", "ready", 1)
    assert client.post("/v1/segments/网上/compute").json()["status"] == "computing"
    assert settled(client, "网上", 2)["versions"][0]["joined"] is None
    changes = client.get("/v1/segments/网上/changes").json()
    assert (changes["joined"], changes["left"]) == (0, 0)
    watched = client.put("/v1/segments/网上/alerts", json={"target": "mailto:team@example.com"})
    assert watched.status_code == 200, watched.text
    assert (
        client.delete("/v1/segments/网上/alerts", params={"target": "mailto:team@example.com"}).status_code
        == 204
    )
    assert "网上" in [segment["name"] for segment in client.get("/v1/segments").json()]
    assert client.delete("/v1/segments/网上").status_code == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "a b", "query": ""}, 400),
        ({"name": "x", "query": "tag:没有这个"}, 400),
        ({"name": "x", "query": "segment:x"}, 400),
        ({"name": "x", "query": "tag:抑郁症"}, 400),
        ({"name": "x"}, 422),
    ],
)
def test_what_cannot_be_saved_is_a_problem(client: httpx.Client, body: dict[str, Any], status: int) -> None:
    answer = client.post("/v1/segments", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/v1/segments/x").status_code == 404


def test_whom_alerts_go_to_is_for_planners(own_home: Path) -> None:
    home = Home(own_home)
    save(home, "告警", "tag:露营")
    watch(home, "告警", "https://hooks.example.com/secret", 0.2)
    keys = {role: add_key(home, role.value, role) for role in (Role.ANALYST, Role.PLANNER)}
    try:
        with serving(own_home) as url:
            for role, key in keys.items():
                headers = {"Authorization": f"Bearer {key}"}
                for path in ("/v1/segments", "/v1/segments/告警"):
                    text = httpx.get(url + path, headers=headers).text
                    assert ("secret" in text) == (role is Role.PLANNER)
    finally:
        for role in keys:
            revoke_key(home, role.value)

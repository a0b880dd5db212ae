"""The page that describes the API needs nothing from outside."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from privacy.home import Home
from tests.api.renqun_process import serving

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_app(Home(tmp_path)), base_url="http://127.0.0.1")


def test_the_page_names_no_other_host_and_its_parts_are_answered(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "://" not in page
    parts = re.findall(r'(?:src|href|url)(?:=|: )["\']([^"\']+)', page)
    assert {Path(part).suffix for part in parts} == {".css", ".js", ".json", ".png"}
    assert [part for part in parts if client.get(part).status_code != 200] == []
    assert client.get("/redoc").status_code == 404


def test_the_root_leads_to_the_page(client: TestClient) -> None:
    assert client.get("/").url.path == "/docs"
    assert "/" not in client.get("/openapi.json").json()["paths"]


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")
def test_a_browser_without_internet_shows_every_part_of_the_api(tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    with serving(tmp_path / "home") as base:
        command = [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'browser'}",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", f"--log-net-log={log}",
            "--virtual-time-budget=30000", "--dump-dom", base,
        ]  # fmt: skip
        shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert 'data-path="/v1/search"' in shown
    params = [event.get("params", {}) for event in json.loads(log.read_text("utf-8"))["events"]]
    asked = [one["url"] for one in params if one.get("initiator") == base and "url" in one]
    assert f"{base}/openapi.json" in asked
    assert [url for url in asked if not url.startswith(f"{base}/")] == []

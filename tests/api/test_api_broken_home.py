"""A home that is not as it should be: a half-built or damaged index, broken files. Each ends in one line or a 503."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import httpx
import pytest

from tests.api.renqun_process import one_error_line, renqun, serving

pytestmark = pytest.mark.xdist_group("faces")


@pytest.fixture
def copied_home(mined_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(mined_home, tmp_path / "home"))


def generation(home: Path) -> Path:
    return home / "index" / (home / "index" / "current").read_text("utf-8").strip()


def half_built(home: Path) -> None:
    (generation(home) / "meta.json").unlink()


def damaged(home: Path) -> None:
    for file in generation(home).rglob("*"):
        if file.is_file() and file.suffix not in (".json", ".lock"):
            file.write_bytes(file.read_bytes()[:20])


def one_shorter(home: Path) -> None:
    file = generation(home) / "engine" / "rows.jsonl"
    file.write_bytes(file.read_bytes()[:-20])


def without_words(home: Path) -> None:
    (generation(home) / "segmenter.json").write_text("{")


def answers_damaged(home: Path) -> None:
    assert renqun("search", "tag:露营", home=home).returncode == 0
    [file] = (home / "index").glob("answered-*.sqlite")
    file.write_bytes(b"damaged" + file.read_bytes()[7:])


def gone(home: Path) -> None:
    shutil.rmtree(home / "index")


@pytest.mark.parametrize("harm", [half_built, damaged, one_shorter, without_words, answers_damaged, gone])
def test_an_index_that_is_not_whole_is_one_line_and_503_and_mine_mends_it(harm, copied_home: Path) -> None:  # type: ignore[no-untyped-def]
    harm(copied_home)
    result = renqun("search", "tag:露营 OR 天幕", home=copied_home)
    assert result.returncode == 1
    assert "renqun mine" in one_error_line(result)
    with serving(copied_home) as url:
        response = httpx.get(url + "/v1/search", params={"q": "tag:露营 OR 天幕"})
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"]
        assert renqun("mine", home=copied_home).returncode == 0
        assert httpx.get(url + "/v1/search", params={"q": "tag:露营 OR 天幕"}).status_code == 200


def test_doctor_never_faints(copied_home: Path) -> None:
    half_built(copied_home)
    (copied_home / "sources.toml").write_text("this is = = not toml")
    (copied_home / "brands.toml").write_bytes(b"\xff\xfe\x00")
    (copied_home / "state.sqlite").write_bytes(b"not a database, but long enough to be read as one" * 100)
    (copied_home / "models" / "state.json").write_text("{")
    log = copied_home / "lake" / "posts" / "_delta_log"
    for file in log.iterdir():
        file.write_text("{") if file.is_file() else None
    shutil.rmtree(copied_home / "lake" / "profiles")
    (copied_home / "vault").chmod(0o755)
    result = renqun("doctor", "--json", home=copied_home)
    assert result.returncode == 1, result.stderr
    assert result.stderr == ""
    found = json.loads(result.stdout)
    bad = {finding["what"] for finding in found["findings"] if finding["level"] == "bad"}
    assert {"sources", "brands", "vault", "table posts", "state"} <= bad
    assert "table accounts" not in bad
    assert renqun("doctor", home=copied_home).returncode == 1


def test_doctor_on_no_home_at_all(tmp_path: Path) -> None:
    result = renqun("doctor", home=tmp_path / "none")
    assert result.returncode == 0
    assert "does not exist yet" in " ".join(result.stdout.split())
    assert not (tmp_path / "none").exists()


def test_doctor_tells_packages_that_shadow_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from api.doctor import _packages

    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "graph", raising=False)
    (finding,) = _packages()
    assert finding.level == "bad"
    assert "graph (" in finding.says


def test_elasticsearch_is_looked_at_only_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.doctor import diagnose
    from privacy.home import Home

    assert all(one.what != "elasticsearch" for one in diagnose(Home(tmp_path)).findings)
    monkeypatch.setenv("RENQUN_ES_URL", "http://127.0.0.1:9")
    levels = {one.what: one.level for one in diagnose(Home(tmp_path)).findings}
    assert levels["elasticsearch"] == "warn"

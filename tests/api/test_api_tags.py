"""`renqun tags` and `/v1/tags` over a home that was crawled and mined."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from rich.cells import cell_len

from tests.api.renqun_process import one_error_line, renqun

pytestmark = pytest.mark.xdist_group("faces")


def test_words_come_with_their_reasons(api: str, mined_home: Path) -> None:
    told = renqun("tags", "words", "露营", "--json", home=mined_home)
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert answer == httpx.get(f"{api}/v1/tags/露营/words").json()
    grown = [word for word in answer["words"] if word["origin"] == "grown"]
    assert grown
    assert all(word["pmi"] > 0 and "PMI" in word["reason"] for word in grown)
    shown = renqun("tags", "words", "露营", home=mined_home).stdout
    assert max(cell_len(line) for line in shown.splitlines()) <= 100
    assert "seed" in shown
    assert httpx.get(f"{api}/v1/tags/无此/words").status_code == 404


def test_posts_are_judged(api: str, mined_home: Path, tmp_path: Path) -> None:
    drawn = json.loads(
        renqun("tags", "check", "露营", "--sample", "--posts", "8", "--json", home=mined_home).stdout
    )
    assert drawn == httpx.get(f"{api}/v1/tags/露营/sample", params={"posts": 8}).json()
    assert len(drawn["posts"]) == 8
    file = tmp_path / "judged.csv"
    file.write_text("post_id,right\n" + "".join(f"{post['post_id']},y\n" for post in drawn["posts"]), "utf-8")
    told = json.loads(renqun("tags", "check", "露营", "--judged", file, "--json", home=mined_home).stdout)
    assert (told["judged"], told["precision"], told["high"]) == (8, 1.0, 1.0)
    body = {post["post_id"]: True for post in drawn["posts"]}
    assert httpx.post(f"{api}/v1/tags/露营/precision", json=body).json() == told
    asked = renqun("tags", "check", "露营", "--posts", "3", home=mined_home, answers="y\nn\nq\n")
    assert "1 of 2 judged posts are right" in asked.stdout
    file.write_text("p1,maybe\n", "utf-8")
    assert "no judgement" in one_error_line(
        renqun("tags", "check", "露营", "--judged", file, home=mined_home)
    )
    refused = renqun("tags", "check", "露营", "--sample", "--role", "analyst", home=mined_home)
    assert "planner" in one_error_line(refused)


def test_own_tags_come_and_go(api: str, mined_home: Path) -> None:
    added = renqun(
        "tags", "add", "放风筝", "--words", "风筝,线轮", "--parent", "户外", "--json", home=mined_home
    )
    assert added.returncode == 0, added.stderr
    assert "renqun mine" in added.stderr
    (one,) = json.loads(added.stdout)
    assert one["words"] == ["放风筝", "风筝", "线轮"]
    assert httpx.get(f"{api}/v1/tags", params={"own": True}).json() == [one]
    assert json.loads(renqun("tags", "list", "--own", "--json", home=mined_home).stdout) == [one]
    renqun("tags", "veto", "露营", "灯", home=mined_home)
    assert httpx.get(f"{api}/v1/tags/露营/words").json()["waiting"]
    assert httpx.post(f"{api}/v1/tags/露营/vetoes", json={"word": "灯", "undo": True}).status_code == 204
    assert renqun("tags", "remove", "放风筝", home=mined_home).returncode == 0
    body = {"name": "抖空竹", "words": ["空竹"]}
    assert httpx.post(f"{api}/v1/tags", json=body).json()["parent"] == "自定义"
    assert httpx.delete(f"{api}/v1/tags/抖空竹").status_code == 204
    assert not httpx.get(f"{api}/v1/tags/露营/words").json()["waiting"]
    refused = httpx.post(f"{api}/v1/tags", json={"name": "抑郁症互助", "words": ["互助"]})
    assert refused.status_code == 400
    assert "may not stand for" in refused.json()["detail"]
    assert "own tag" in one_error_line(renqun("tags", "remove", "没有", home=mined_home))


def test_posts_are_sorted_into_classes(api: str, mined_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "classes.toml"
    file.write_text('"户外" = "露营 帐篷 徒步"\n"饮品" = "咖啡 奶茶 拿铁"\n"政治" = "今天"\n', "utf-8")
    told = renqun("tags", "sort", file, "--json", home=mined_home)
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert {one["name"] for one in answer["classes"]} == {"户外", "饮品", "政治"}
    body = {"户外": ["露营", "帐篷", "徒步"], "饮品": ["咖啡", "奶茶", "拿铁"], "政治": ["今天"]}
    assert httpx.post(f"{api}/v1/tags/sort", json=body, timeout=60).json() == answer
    assert "政治" in renqun("tags", "sort", file, home=mined_home).stdout
    file.write_text('"户外" = 3\n', "utf-8")
    assert "has no words" in one_error_line(renqun("tags", "sort", file, home=mined_home))
    assert httpx.post(f"{api}/v1/tags/sort", json={"户外": ["露营"]}).status_code == 400

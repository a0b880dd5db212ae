"""Seeds through the command line and over HTTP: lookalikes, searches in the order of likeness, and lists as users have them."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from rich.cells import cell_len

from api.render.console import WIDTH
from api.render.lookalike import lookalike_view
from api.render.search import search_view
from audience.lookalike.answers import LookalikeAnswer
from audience.search.answers import SearchAnswer
from tests.api.conftest import asked, done
from tests.api.renqun_process import drawn, one_error_line, renqun

pytestmark = pytest.mark.xdist_group("faces")
QUERY = "tag:露营"


def test_lookalike_gives_people_who_are_not_seeds_with_reasons(mined_home: Path, seeds_csv: Path) -> None:
    answer = asked("lookalike", seeds_csv, "--size", "30", home=mined_home)
    assert answer["seeds"]["rows"] == answer["seeds"]["resolved"] == 40
    found = {one["person_id"] for one in answer["candidates"]}
    assert len(found) == 30
    assert not found & set(seeds_csv.read_text("utf-8").split())
    assert all(one["reasons"] for one in answer["candidates"][:5])
    assert 0 <= answer["holdout"]["auc_low"] <= answer["holdout"]["auc"] <= answer["holdout"]["auc_high"] <= 1
    text = drawn(lookalike_view(LookalikeAnswer.model_validate(answer)))
    assert "Hold-out test" in text
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH


def test_lookalike_over_http_takes_json_and_csv(api: str, seeds_csv: Path) -> None:
    rows = seeds_csv.read_text("utf-8").split()[1:]
    by_json = httpx.post(
        api + "/v1/lookalike",
        json={"seeds": [{"account_id": row} for row in rows], "size": 30, "ignore": ["tag:露营"]},
        timeout=60,
    )
    by_csv = httpx.post(
        api + "/v1/lookalike",
        params={"size": 30, "ignore": "tag:露营"},
        content=seeds_csv.read_bytes(),
        headers={"content-type": "text/csv"},
        timeout=60,
    )
    assert by_json.status_code == by_csv.status_code == 200, by_json.text
    assert by_json.json() == by_csv.json()
    assert by_json.json()["ignore"] == ["tag:露营"]


def test_lookalike_takes_queries_for_seeds_and_filters(api: str, mined_home: Path) -> None:
    answer = asked(
        "lookalike", "tag:露营", "--size", "20", "--without", "tag:露营>=8", "--kinds", "2", home=mined_home
    )
    assert answer["without"] == "tag:露营>=8"
    by_http = httpx.post(
        api + "/v1/lookalike",
        json={"seeds": "tag:露营", "size": 20, "without": "tag:露营>=8", "kinds": 2},
        timeout=60,
    )
    assert by_http.status_code == 200, by_http.text
    assert by_http.json() == answer


def test_search_in_the_order_of_likeness_is_the_same_everywhere(
    api: str, mined_home: Path, seeds_csv: Path
) -> None:
    query = "active:90d"
    by_file = asked(
        "search", query, "--sort", "lookalike", "--like", seeds_csv, "--limit", "25", home=mined_home
    )
    seeds = [{"account_id": row} for row in seeds_csv.read_text("utf-8").split()[1:]]
    body = {"query": query, "order": "lookalike", "like": seeds, "limit": 25}
    by_rows = httpx.post(api + "/v1/search", json=body, timeout=60)
    assert by_rows.json() == by_file
    assert by_file["like"]["seeds"]["resolved"] == len(seeds)
    likeness = [member["similarity"] for member in by_file["members"]]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] > 0.3
    rest = httpx.post(api + "/v1/search", json={**body, "cursor": by_file["cursor"]}, timeout=60).json()
    people = [member["person_id"] for member in by_file["members"] + rest["members"]]
    assert len(set(people)) == 50
    assert rest["members"][0]["similarity"] <= likeness[-1]
    text = drawn(search_view(SearchAnswer.model_validate(by_file)))
    assert f"Seeds: {len(seeds)} rows" in text
    assert f"{likeness[0]:.2f}" in text
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH


def test_search_by_likeness_takes_a_query_for_the_seeds(api: str, mined_home: Path) -> None:
    told = asked("search", "", "--sort", "lookalike", "--like", QUERY, "--limit", "9", home=mined_home)
    text = httpx.get(
        api + "/v1/search", params={"order": "lookalike", "like": QUERY, "limit": 9}, timeout=60
    ).json()
    model = {"all": [{"field": "tag", "value": "露营"}]}
    body = {"order": "lookalike", "like": model, "limit": 9}
    assert told == text == httpx.post(api + "/v1/search", json=body, timeout=60).json()
    assert told["like"]["query"] == QUERY
    assert f"like   {QUERY} (" in done(
        "search", "", "--sort", "lookalike", "--like", QUERY, "--limit", "9", home=mined_home
    )


def test_seeds_need_a_planner_and_enough_of_them(api: str, mined_home: Path, seeds_csv: Path) -> None:
    order = ("search", "", "--sort", "lookalike", "--like")
    assert "planner" in one_error_line(renqun(*order, QUERY, "--role", "analyst", home=mined_home))
    few = [{"account_id": row} for row in seeds_csv.read_text("utf-8").split()[1:20]]
    refused = httpx.post(api + "/v1/search", json={"order": "lookalike", "like": few}, timeout=60)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "fewer than 20 of the seeds have a profile to be like"


@pytest.mark.parametrize("text", ["", "account_id\n", "\n\n", "colour,shape\nred,round\n"])
def test_an_empty_seed_list_is_bad_input(text: str, mined_home: Path, api: str, tmp_path: Path) -> None:
    file = tmp_path / "seeds.csv"
    file.write_text(text, "utf-8")
    result = renqun("lookalike", file, home=mined_home)
    assert result.returncode == 2
    assert "seed" in one_error_line(result)
    response = httpx.post(api + "/v1/lookalike", content=text, headers={"content-type": "text/csv"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


def test_ragged_rows_and_gbk_bytes_are_read_and_counted(api: str, seeds_csv: Path) -> None:
    rows = seeds_csv.read_text("utf-8").split()[1:26]
    lines = ["来源,用户id,account_id,备注"]
    lines += [f",,{row},好客户" for row in rows] + ["mastodon", "mastodon,不存在的人,,,,,", ",,"]
    response = httpx.post(
        api + "/v1/lookalike",
        params={"size": 20},
        content="\r\n".join(lines).encode("gb18030"),
        headers={"content-type": "text/csv"},
        timeout=60,
    )
    assert response.status_code == 200, response.text
    seeds = response.json()["seeds"]
    assert (seeds["rows"], seeds["resolved"], seeds["unknown"], seeds["malformed"]) == (28, 25, 1, 2)


def test_no_such_seed_file_is_one_line(mined_home: Path, tmp_path: Path) -> None:
    result = renqun("lookalike", tmp_path / "none.csv", home=mined_home)
    assert result.returncode == 2
    assert "none.csv" in one_error_line(result)

"""The five questions through the command line and over HTTP, on a small crawled and mined home."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import httpx
import pytest
from rich.cells import cell_len

from api.render.communities import communities_view
from api.render.console import WIDTH
from api.render.influence import influence_view
from api.render.recommend import brief_view, recommend_view
from api.render.spread import spread_view
from audience.network.answers import CommunitiesAnswer, InfluenceAnswer, SpreadAnswer
from audience.recommend.answers import BriefAnswer, RecommendAnswer
from nlp.taxonomy import load_taxonomy
from tests.api.conftest import asked, done
from tests.api.renqun_process import bare_starts, cpu_seconds, drawn, one_error_line, renqun

pytestmark = pytest.mark.xdist_group("faces")
QUERY = "tag:露营"


def test_mine_again_does_nothing_and_is_quick(mined_home: Path) -> None:
    with cpu_seconds() as spent:
        said = renqun("mine", home=mined_home)
    assert said.returncode == 0
    assert "Nothing new" in said.stderr
    assert bare_starts(spent) < 20
    assert asked("mine", home=mined_home) == {"fresh": True}


def test_search_gives_people_with_reasons_and_evidence(mined_home: Path) -> None:
    answer = asked("search", QUERY, "--limit", "5", "--facets", home=mined_home)
    assert not answer["hidden"]
    assert answer["total"] >= answer["k"]
    assert answer["total"] % answer["round_to"] == 0
    assert len(answer["members"]) == 5
    for member in answer["members"]:
        assert member["person_id"].startswith("u")
        assert QUERY in member["why"]
    assert any(member["evidence"] for member in answer["members"])
    assert {facet["field"] for facet in answer["facets"]} >= {"tag", "region"}


def test_what_an_interest_was_told_by_is_marked_also_where_mining_learned_it(mined_home: Path) -> None:
    members = asked("search", QUERY, "--limit", "40", home=mined_home)["members"]
    evidence = [item for member in members for item in member["evidence"]]
    assert len(evidence) > 60
    assert sum(bool(item["marks"]) for item in evidence) > 0.95 * len(evidence)
    seeds = load_taxonomy().words_of("露营")
    learned = [item for item in evidence if not any(word in item["excerpt"].lower() for word in seeds)]
    assert any(item["marks"] for item in learned)


def test_search_in_words_fits_the_terminal(mined_home: Path) -> None:
    text = done("search", QUERY, "--facets", home=mined_home)
    assert "people of" in text
    assert "露营·" in text
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH


def test_a_small_audience_is_hidden_in_words(mined_home: Path) -> None:
    answer = asked("search", "tag:露营>=10 tag:咖啡>=9 active:1d", home=mined_home)
    assert answer["hidden"]
    assert answer["total"] is None
    assert answer["members"] == []
    text = done("search", "tag:露营>=10 tag:咖啡>=9 active:1d", home=mined_home)
    assert "Hidden: " in text


def test_an_analyst_sees_no_members(mined_home: Path) -> None:
    answer = asked("search", QUERY, "--role", "analyst", home=mined_home)
    assert answer["total"]
    assert answer["members"] == []
    assert answer["warnings"]


def test_an_unknown_tag_is_bad_input_with_a_suggestion(mined_home: Path, api: str) -> None:
    result = renqun("search", "tag:露营营", home=mined_home)
    assert result.returncode == 2
    line, asked, caret = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert line.endswith("did you mean 露营?")
    assert (asked, caret) == ("tag:露营营", "^")
    response = httpx.get(api + "/v1/search", params={"q": "tag:露营营"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "露营" in response.json()["hint"]


def test_http_and_command_line_give_the_same_search(mined_home: Path, api: str) -> None:
    told = asked("search", QUERY, "--limit", "7", "--facets", home=mined_home)
    text = httpx.get(api + "/v1/search", params={"q": QUERY, "limit": 7, "facets": True}).json()
    model = {"all": [{"field": "tag", "value": "露营"}]}
    body = httpx.post(api + "/v1/search", json={"query": model, "limit": 7, "facets": True}).json()
    assert told == text == body


def test_pages_follow_one_another_without_repeats(api: str) -> None:
    first = httpx.get(api + "/v1/search", params={"q": QUERY, "limit": 20}).json()
    rest = httpx.get(api + "/v1/search", params={"q": QUERY, "limit": 20, "cursor": first["cursor"]}).json()
    people = [member["person_id"] for member in first["members"] + rest["members"]]
    assert len(people) == len(set(people)) == 40


def test_spread_says_whom_to_tell_first_and_how_far_it_goes(mined_home: Path, api: str) -> None:
    answer = asked("spread", "--accounts", "5", home=mined_home)
    reaches = [seed["reach"] for seed in answer["seeds"]]
    assert len(reaches) == 5
    assert reaches == sorted(reaches)
    assert answer["low"] <= answer["reach"] <= answer["high"] <= answer["people"]
    assert answer["reach"] >= 0.95 * answer["most_followed_reach"]
    text = drawn(spread_view(SpreadAnswer.model_validate(answer)))
    assert "at least 53% of what" in " ".join(text.split())
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH
    over_http = httpx.post(api + "/v1/spread", json={"accounts": 5}, timeout=60)
    assert over_http.json() == answer


def test_spread_for_money_takes_a_price_list(mined_home: Path, tmp_path: Path) -> None:
    members = asked("search", QUERY, "--limit", "8", home=mined_home)["members"]
    prices = tmp_path / "prices.csv"
    rows = [f"{member['account_id']},¥{100 * (n + 1)}" for n, member in enumerate(members)]
    prices.write_text("account_id,报价\n" + "\n".join([*rows, "nobody,5"]), "utf-8")
    said = renqun("spread", "--budget", "450", "--costs", prices, "--json", home=mined_home)
    assert "1 rows of the price list" in said.stderr
    cost = {member["person_id"]: 100 * (n + 1) for n, member in enumerate(members)}
    chosen = [seed["person_id"] for seed in json.loads(said.stdout)["seeds"]]
    assert chosen
    assert sum(cost[person] for person in chosen) <= 450


def test_spread_needs_a_number_or_money(mined_home: Path) -> None:
    for words in ((), ("--accounts", "3", "--budget", "5"), ("--budget", "5")):
        said = renqun("spread", *words, home=mined_home)
        assert said.returncode == 2
        one_error_line(said)


def test_influence_and_communities_over_both_faces(mined_home: Path, api: str) -> None:
    answer = asked("influence", "--limit", "4", home=mined_home)
    assert [one["rank"] for one in answer["influencers"]] == [1, 2, 3, 4]
    assert httpx.get(api + "/v1/influence", params={"limit": 4}, timeout=60).json() == answer
    text = drawn(influence_view(InfluenceAnswer.model_validate(answer)))
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH
    found = asked("communities", home=mined_home)
    assert found["communities"]
    assert httpx.get(api + "/v1/communities", timeout=60).json() == found
    text = drawn(communities_view(CommunitiesAnswer.model_validate(found)))
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH


def test_the_network_goes_to_other_tools(mined_home: Path, api: str, tmp_path: Path) -> None:
    said = renqun("network", "export", "-o", tmp_path / "net.gexf", home=mined_home)
    assert "edges written to" in said.stderr
    assert (tmp_path / "net.gexf").read_text("utf-8").startswith("<?xml")
    chart = json.loads(done("network", "map", home=mined_home))
    assert {node["category"] for node in chart["nodes"]} == set(range(len(chart["categories"])))
    assert httpx.get(api + "/v1/network/map", timeout=60).json() == chart
    leader = asked("influence", "--limit", "1", home=mined_home)["influencers"][0]["account_id"]
    ego = json.loads(done("network", "ego", leader, home=mined_home))
    assert leader in {node["id"] for node in ego["nodes"]}
    unknown = httpx.get(api + "/v1/network/ego", params={"account": "nobody"}, timeout=60)
    assert unknown.status_code == 404
    one_error_line(renqun("network", "export", "-o", tmp_path / "net.xlsx", home=mined_home))


def test_trends_say_what_rises(mined_home: Path, api: str) -> None:
    answer = asked("trends", "--rising", "--since", "30d", "--limit", "5", home=mined_home)
    assert 1 <= len(answer["rising"]) <= 5
    response = httpx.get(api + "/v1/trends", params={"rising": True, "since": "30d", "limit": 5})
    assert response.status_code == 200, response.text
    assert [one["item"] for one in response.json()["rising"]] == [one["item"] for one in answer["rising"]]


def test_trends_of_a_tag_are_a_series(mined_home: Path) -> None:
    answer = asked("trends", QUERY, "--since", "20d", home=mined_home)
    assert answer["series"][0]["points"]
    text = done("trends", QUERY, "--since", "20d", home=mined_home)
    assert "collected" in text
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH


def test_a_wrong_date_is_bad_input(mined_home: Path, api: str) -> None:
    result = renqun("trends", "--since", "last summer", home=mined_home)
    assert result.returncode == 2
    assert "last summer" in one_error_line(result)
    assert httpx.get(api + "/v1/trends", params={"since": "last summer"}).status_code == 400


def test_overlap_has_intervals(mined_home: Path, api: str) -> None:
    brands = [one["name"] for one in json.loads(done("brands", "list", "--json", home=mined_home))][:2]
    answer = asked("overlap", *brands, home=mined_home)
    assert [one["brand"] for one in answer["brands"]] == brands
    assert len(answer["pairs"]) == 1
    assert httpx.get(api + "/v1/overlap", params={"brand": brands}).json() == answer
    text = done("overlap", *brands, home=mined_home)
    assert brands[0] in text


def test_an_unknown_brand_is_bad_input(mined_home: Path, api: str) -> None:
    result = renqun("overlap", "没有的牌子", "也没有", home=mined_home)
    assert result.returncode == 2
    assert "没有的牌子" in one_error_line(result)
    response = httpx.get(api + "/v1/overlap", params={"brand": ["没有的牌子", "也没有"]})
    assert response.status_code in (400, 404)


def test_export_holds_pseudonyms_only(mined_home: Path, api: str, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    done("export", QUERY, "-o", file, home=mined_home)
    rows = list(csv.DictReader(file.open(encoding="utf-8-sig")))
    assert len(rows) >= 20
    assert all(row["person_id"].startswith("u") for row in rows)
    response = httpx.get(api + "/v1/export", params={"q": QUERY, "format": "csv"})
    assert response.headers["content-type"].startswith("text/csv")
    streamed = list(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))
    assert [row["person_id"] for row in streamed] == [row["person_id"] for row in rows]


def test_export_as_parquet(mined_home: Path, tmp_path: Path) -> None:
    import polars as pl

    file = tmp_path / "out.parquet"
    done("export", QUERY, "-o", file, home=mined_home)
    assert pl.read_parquet(file).height >= 20


def test_runs_and_health_over_http(mined_home: Path, api: str) -> None:
    runs = httpx.get(api + "/v1/runs").json()
    assert {run["spider"] for run in runs} == {"mastodon", "discourse", "keywords"}
    assert {run["status"] for run in runs} == {"ok"}
    assert httpx.get(api + "/v1/health").json()["status"] == "ready"
    assert "mastodon" in done("runs", home=mined_home)


def test_doctor_finds_nothing_bad(mined_home: Path) -> None:
    found = json.loads(done("doctor", "--json", home=mined_home))
    assert found["well"]
    levels = {finding["what"]: finding["level"] for finding in found["findings"]}
    assert levels["mine"] == levels["index"] == levels["packages"] == "ok"
    assert {table["name"] for table in found["tables"]} >= {"posts", "profiles", "runs"}


def test_an_audience_is_advised_on_by_command_and_over_http(api: str, mined_home: Path) -> None:
    answer = asked("recommend", QUERY, "--limit", "3", "--novelty", "0.2", home=mined_home)
    assert not answer["hidden"]
    assert len(answer["accounts"]) <= 3
    body = {"query": QUERY, "limit": 3, "novelty": 0.2}
    response = httpx.post(api + "/v1/recommend", json=body, timeout=60)
    assert response.status_code == 200, response.text
    assert response.json() == answer
    text = drawn(recommend_view(RecommendAnswer.model_validate(answer)))
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH
    refused = renqun("recommend", QUERY, "--weights", "magic=1", home=mined_home)
    assert "magic" in one_error_line(refused)


def test_a_brief_is_read_from_a_file_in_any_encoding_and_over_http(
    api: str, mined_home: Path, tmp_path: Path
) -> None:
    text = "新款轻量帐篷上市，面向周末露营的人，主打防雨和好收纳。"
    file = tmp_path / "brief.txt"
    file.write_bytes(text.encode("gb18030"))
    answer = asked("brief", file, home=mined_home)
    assert ("tag", "露营") in {(match["field"], match["value"]) for match in answer["matches"]}
    assert answer["suggestions"]
    response = httpx.post(api + "/v1/brief", json={"text": text}, timeout=60)
    assert response.status_code == 200, response.text
    assert response.json() == answer
    text = drawn(brief_view(BriefAnswer.model_validate(answer)))
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH
    assert "brief" in one_error_line(renqun("brief", tmp_path / "none.txt", home=mined_home))
    assert httpx.post(api + "/v1/brief", json={"text": " "}).status_code == 400

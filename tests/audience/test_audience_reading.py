"""Queries read in plain Chinese: every condition, wanted and refused, and what each answer form says of the same query."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from audience.errors import BadQueryError, SensitiveQueryError
from audience.query.canonical import canonical
from audience.query.model import AudienceQuery
from audience.query.reading import reading
from audience.query.text import parse
from audience.search.explain import explain
from privacy.home import Home
from tests.audience.audience_world import world
from tests.audience.test_audience_query import QUERIES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "所有人"),
        (
            "active:30d region:上海 tag:露营>=3 follows:竞品A -follows:我方",
            "近30天在上海活跃、露营兴趣≥3级、关注竞品A但未关注我方的人",
        ),
        ("region:上海 OR region:北京", "在上海，或者在北京的人"),
        ("(a OR b) -(c d)", "（近期提到“a”，或者近期提到“b”）但不属于（近期提到“c”、近期提到“d”）的人"),
        ("active:7d region:上海 region:北京", "近7天活跃、在上海、在北京的人"),
        ("tag:露营 -tag:徒步", "有露营兴趣但没有徒步兴趣的人"),
        ("parent:户外=2..4 -tag:露营>=3", "户外类兴趣2至4级但露营兴趣并非≥3级的人"),
        ('posts("露营")>=3/30d -posts("咖啡")>=1/7d', "近30天至少3次谈到“露营”但近7天谈到“咖啡”不到1次的人"),
        ("brand:山野集 brand:山野集- -brand:好食记+", "提到过品牌山野集、差评过品牌山野集但没有好评过品牌好食记的人"),
        ("gender:f age:25-34 education:本科 occupation:教师", "女性、年龄为25-34岁、学历本科、职业教师的人"),
        ("customer:dormant value:high -customer:lost", "沉睡客户、客户价值为高但不是流失客户的人"),
        ("benefit:价格 -style:比价", "看重价格但消费风格不是比价的人"),
        ("segment:露营潜客 -segment:老客", "属于人群“露营潜客”但不属于人群“老客”的人"),
        ("influence:>=p90 followers:>=1000 -influence:p0..p10", "影响力前10%、粉丝≥1000但并非影响力在第0至10百分位的人"),
        ("influence:>=p100 followers:5 -influence:p50", "影响力在第100百分位、粉丝为5但并非影响力在第50百分位的人"),
        ("topic:t1 community:c1 -engaged:山野集", "谈过话题“周末”、属于社群“露营圈”但未与山野集互动过的人"),
        ('"露营 帐篷" -词:雨', "近期原话提到“露营 帐篷”但近期未提到“雨”的人"),
        ("intent:asks kind:person activity:new -intent:owns", "有咨询意向、账号类型为个人、发文状态为新加入但没有已拥有意向的人"),
    ],
)  # fmt: skip
def test_readings(text: str, expected: str) -> None:
    assert reading(parse(text), {"topic": {"t1": "周末"}, "community": {"c1": "露营圈"}}) == expected


@given(QUERIES)
def test_every_value_of_a_query_is_in_its_reading(query: AudienceQuery) -> None:
    told = reading(query)
    for condition in canonical(query).conditions():
        value = getattr(condition, "value", None)
        assert condition.field in ("activity", "gender") or value is None or value in told


def test_text_json_and_model_are_explained_alike() -> None:
    home, _ = world()
    text = 'region:上海 posts("露营")>=3/30d -follows:山野集'
    by_text = explain(home, text)
    assert by_text.text == text
    assert by_text.resolved == text
    assert by_text.warnings == []
    by_json = explain(home, by_text.query.model_dump_json())
    assert by_json == by_text == explain(home, by_text.query)


def test_names_are_written_out_and_checked() -> None:
    home, _ = world()
    assert explain(home, "topic:咖啡探店").resolved == "topic:t02"
    with pytest.raises(BadQueryError, match="no region") as caught:
        explain(home, "tag:露营 region:上嗨")
    assert caught.value.position == 7
    with pytest.raises(SensitiveQueryError):
        explain(home, '{"all": [{"field": "words", "value": "抑郁症"}]}')


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        (
            '{"all":[{"field":"tag","value":"露营"},{"field":"tag","value":"露营营"}]}',
            "all.1",
            "no interest tag",
        ),
        (
            '{"none":[{"any":[{"field":"tag","value":"露营"},{"field":"words","value":"抑郁"}]}]}',
            "none.0.any.1",
            "health",
        ),
        ('{"all":[{"field":"words","value":"抑"},{"field":"words","value":"郁"}]}', "all.0", "health"),
    ],
)
def test_what_is_wrong_in_json_is_told_with_its_path(text: str, path: str, says: str) -> None:
    home, _ = world()
    for query in (text, AudienceQuery.model_validate_json(text)):
        with pytest.raises(BadQueryError, match=says) as caught:
            explain(home, query)
        assert caught.value.path == path
        assert f"({path})" in str(caught.value)


@pytest.mark.parametrize(("text", "column"), [("露营 抑 郁", 4), ("露营 郁 抑", 4)])
def test_a_matter_spread_over_words_is_told_with_the_first_of_them(text: str, column: int) -> None:
    home, _ = world()
    with pytest.raises(SensitiveQueryError) as caught:
        explain(home, text)
    assert caught.value.position == column - 1


def test_without_an_index_the_form_alone_is_checked(tmp_path: Path) -> None:
    answer = explain(Home(tmp_path), "region:上嗨")
    assert answer.reading == "在上嗨的人"
    assert "run: renqun mine" in answer.warnings[0]
    with pytest.raises(BadQueryError):
        explain(Home(tmp_path), "region:")

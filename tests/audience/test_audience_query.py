"""Queries as text: what is read, what is refused and where, and that writing and reading are inverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from audience.errors import BadQueryError
from audience.query.canonical import canonical
from audience.query.model import (
    Active,
    Activity,
    AudienceQuery,
    Brand,
    Followers,
    Gender,
    Influence,
    Interest,
    Named,
    Posted,
    Segment,
    Words,
)
from audience.query.reading import reading
from audience.query.text import parse, to_text
from lake.counted import COUNT_DAYS, COUNT_STEPS
from tests.audience.audience_world import Reference, profiles

_ODD = [
    "OR",
    "AND",
    "or",
    "Not",
    "或",
    "不",
    "和",
    "近30天",
    "「",
    "；",
    "露营",
    "露营>=3",
    'a"b',
    "a\\",
    "-x",
    "a b",
    "“",
    "”",
    "a:b",
    "x\n",
    "a+",
    "a-",
    "a＋",
    "posts(a",
    "{",
    "posts",
]
_VALUES = st.text(st.characters(exclude_categories=("Cc", "Co", "Cs")), min_size=1, max_size=8).filter(
    str.strip
) | st.sampled_from(_ODD)
_PAIR = st.tuples(st.integers(1, 10), st.integers(1, 10)).map(sorted)
_PERCENT = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(sorted)
_CONDITIONS = st.one_of(
    st.builds(
        lambda f, v, r: Interest(field=f, value=v, min=r[0], max=r[1]),
        st.sampled_from(["tag", "parent"]),
        _VALUES,
        _PAIR,
    ),
    st.builds(lambda v, p: Words(field="words", value=v, phrase=p), _VALUES, st.booleans()),
    st.builds(
        lambda f, v: Named(field=f, value=v),
        st.sampled_from(["topic", "follows", "region", "style"]),
        _VALUES,
    ),
    st.builds(lambda v, m: Brand(field="brand", value=v, mood=m), _VALUES, st.sampled_from(["+", "-", None])),
    st.builds(
        lambda v, n, d: Posted(field="posts", value=v, min=n, days=d),
        _VALUES,
        st.sampled_from(COUNT_STEPS),
        st.sampled_from(COUNT_DAYS),
    ),
    st.builds(lambda v: Segment(field="segment", value=v), _VALUES),
    st.builds(lambda v: Gender(field="gender", value=v), st.sampled_from(["f", "m"])),
    st.builds(lambda d: Active(field="active", days=d), st.integers(1, 3650)),
    st.builds(lambda v: Activity(field="activity", value=v), st.sampled_from(["new", "gone"])),
    st.builds(lambda r: Influence(field="influence", min=r[0], max=r[1]), _PERCENT),
    st.builds(
        lambda low, more: Followers(
            field="followers", min=low, max=None if more is None else min(10**12, low + more)
        ),
        st.sampled_from([0, 1, 1000, 10**12]),
        st.sampled_from([None, 0, 10**12]),
    ),
)


def _groups(nodes: st.SearchStrategy[object]) -> st.SearchStrategy[AudienceQuery]:
    some = st.lists(nodes, max_size=3).map(tuple)
    return st.builds(lambda a, b, c: AudienceQuery(all=a, any=b, none=c), some, some, some)


QUERIES = _groups(st.recursive(_CONDITIONS, _groups, max_leaves=10))


@given(QUERIES)
def test_text_and_query_are_inverse(query: AudienceQuery) -> None:
    simple = canonical(query)
    assert canonical(simple) == simple
    assert parse(to_text(query)) == simple
    assert parse(simple.model_dump_json()) == simple
    assert AudienceQuery.model_validate_json(query.model_dump_json()) == query


@given(st.text(alphabet='ab露:>=<.-()"\\ “”「』；（）≥ORANDtagregion3p1d近天不和', max_size=30))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    refused = None
    try:
        query = parse(text)
    except BadQueryError as error:
        refused = error
    if refused is None:
        assert parse(to_text(query)) == query
    else:
        assert refused.hint
        assert refused.position in range(len(text) + 1)


@given(st.data())
def test_the_canonical_form_means_the_same(data: st.DataObject) -> None:
    regions = st.sampled_from(["上海", "北京", "成都"]).map(lambda v: Named(field="region", value=v))
    levels = st.integers(0, 100).map(lambda n: Influence(field="influence", min=n))
    query = data.draw(_groups(st.recursive(regions | levels, _groups, max_leaves=8)))
    reference = Reference(profiles(60))
    assert reference.matches(query) == reference.matches(canonical(query))


def test_the_example_of_the_guide() -> None:
    text = 'tag:露营>=3 region:上海 -follows:山野集 active:30d influence:>=p90 "露营 帐篷" (a OR b)'
    query = parse(text)
    assert query.none == (Named(field="follows", value="山野集"),)
    assert Words(field="words", value="露营 帐篷", phrase=True) in query.all
    assert (
        parse("标签：露营≥3　地区：上海 －关注：山野集 active:30d influence:>=p90 “露营 帐篷” （a 或 b）")
        == query
    )
    assert reading(query) == (
        "露营兴趣≥3级、近30天在上海活跃、影响力前10%、近期原话提到“露营 帐篷”、（近期提到“a”，或者近期提到“b”）"
        "但未关注山野集的人"
    )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("tag:露营 && (region:上海 || region:北京)", "tag:露营 (region:上海 OR region:北京)"),
        ("+tag:露营 !region:上海 !(a b)", "tag:露营 -region:上海 -(a b)"),
        ("ｔａｇ：露营≥３ ＲＥＧＩＯＮ：上海", "tag:露营>=3 region:上海"),
        (
            "客户:沉睡 意向:咨询 类型:个人 活跃:沉默",
            "customer:dormant intent:asks kind:person activity:quiet",
        ),
        ("客户:沉睡客户 性别:女性 价值:高 年龄:２５－３４", "customer:dormant gender:f value:high age:25-34"),
        ("tag:露营 or tag:徒步 And Not a", "tag:露营 OR (tag:徒步 -a)"),
        ("tag:露营 或者 （tag:徒步 并且 不是 a）", "tag:露营 OR (tag:徒步 -a)"),
        ("标签：露营 不 关注：山野集", "tag:露营 -follows:山野集"),
        ('words:="or" "or" tag:or', 'words:="or" "or" tag:"or"'),
        ("tag:「露营」；「露营 帐篷」;『a”b』", 'tag:露营 "露营 帐篷" "a\\”b"'),
        ("！（a b） ＋tag:露营", "-(a b) tag:露营"),
        ("近30天 tag:露营", "active:30d tag:露营"),
        ("最近７日", "active:7d"),
        ("活跃：30d", "active:30d"),
        ("活跃：最近30天", "active:30d"),
        ("active:近３０天", "active:30d"),
        ('words:="近30天" "近30天"', 'words:近30天 "近30天"'),
        ('发帖（"露营"）>=3/30天', 'posts("露营")>=3/30d'),
        ("发文（露营）≥3次／近30日", 'posts("露营")>=3/30d'),
        ("发文:露营>=3/30天", 'posts("露营")>=3/30d'),
        ("c++ +1 !x a&&b", 'words:="c++" words:="+1" words:="!x" words:="a&&b"'),
    ],
)
def test_what_lucene_and_chinese_keyboards_write_is_read(text: str, same: str) -> None:
    assert parse(text) == parse(same)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("region:上海 foo:bar", 11, "no field 'foo'"),
        ("tag:露营>=30", 1, "1 to 10"),
        ("tag:露营=6..3", 1, "range is empty"),
        ("a (b", 3, "never closed"),
        ("a)", 2, "closing bracket"),
        ('x "abc', 3, "quote is never closed"),
        ("tag:", 1, "no value"),
        ("a AND", 6, "after it"),
        ("a OR OR b", 6, "missing"),
        ("AND a", 1, "before it"),
        ("tag:露营 >=3", 8, "nothing before it"),
        ("region:(上海 OR 北京)", 1, "right after the colon"),
        ("-", 2, "missing"),
        ("active:xx", 1, "days"),
        ("influence:p9x", 1, "not a number"),
        ("kind:dog", 1, "no kind 'dog'"),
        ("a gender:x", 3, "no gender 'x'"),
        ("age:19", 1, "no age '19'"),
        ('a posts("露营")>=4/30d', 3, "counted 1, 2, 3"),
        ("posts(露营)>=3/31d", 1, "7, 30 or 90 days"),
        ("posts(露营)", 1, "how many"),
        ("posts(露营)<3/30d", 1, "how many"),
        ("posts(露营", 9, "holds one word"),
        ('发帖 （"露营"）>=3/30天', 10, "nothing before it"),
        ("a 露营>=3", 3, "says a level but no field"),
        ("上海 和 北京", 4, "may mean and or or"),
        ("a or", 5, "missing"),
        ("-or a", 2, "stands where a condition should"),
        ('brand:"x"y', 1, "does not belong"),
        ('{"all": [{"field": "nope"}]}', None, "all.0: there is no such field"),
        ('{"all": [{"field": "tag", "value": "a", "min": 0}]}', None, "no query: all.0.min: "),
        ("a\x00b", 1, "U\\+0000"),
        ('"露营 \ue000 帐篷"', 1, "U\\+E000"),
        ('{"all"', None, "JSON is no query"),
        ('{"all":[' * 60 + "]}" * 60, None, "JSON is no query"),
        ("region:>3", 1, "no sign"),
        ("(" * 60 + "a" + ")" * 60, 50, "deeper"),
        ("a " * 1001, 2001, "1,000 conditions"),
        ("a" * 201, 1, "at most 200"),
        ("a" * 100_001, None, "100,000 characters"),
    ],
)
def test_what_is_refused_says_where_and_why(text: str, column: int | None, words: str) -> None:
    with pytest.raises(BadQueryError, match=words) as caught:
        parse(text)
    assert caught.value.status == 400
    assert caught.value.hint
    assert caught.value.position == (None if column is None else column - 1)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("发文：沉默", "activity:quiet"),
        ("posts:露营", 'posts("露营")>=3/30d'),
        ("活跃:30", "active:30d"),
        ("标签:露营 不关注:山野集", "-follows:"),
        ("露营>=3", "tag:露营>=3"),
    ],
)
def test_what_is_half_written_is_refused_with_the_form_that_works(text: str, nearest: str) -> None:
    with pytest.raises(BadQueryError) as caught:
        parse(text)
    assert nearest in caught.value.hint


def test_the_caret_stands_below_wide_characters() -> None:
    with pytest.raises(BadQueryError) as caught:
        parse("地区:上海 foo:x")
    assert caught.value.drawn() == "地区:上海 foo:x\n" + " " * 10 + "^"


def test_a_place_in_a_long_text_is_shown_with_what_is_around_it() -> None:
    with pytest.raises(BadQueryError) as caught:
        parse("a " * 300 + "\x1b[2J foo:x " + "b " * 300)
    shown, caret = caught.value.drawn().splitlines()
    assert "\x1b" not in shown
    assert len(shown) < 100
    assert shown[len(caret) - 1 :].startswith(" [2J foo:x")


def test_json_is_capped_too() -> None:
    deep: dict[str, object] = {"field": "region", "value": "上海"}
    for _ in range(51):
        deep = {"all": [deep]}
    with pytest.raises(ValidationError, match="deeper"):
        AudienceQuery.model_validate(deep)
    deepest: dict[str, object] = {"all": []}
    for _ in range(20_000):
        deepest = {"all": [deepest]}
    with pytest.raises((ValidationError, RecursionError)):
        AudienceQuery.model_validate(deepest)
    many = [{"field": "region", "value": "上海"}] * 1001
    with pytest.raises(ValidationError, match="1,000"):
        AudienceQuery.model_validate({"any": many})
    with pytest.raises(ValidationError):
        AudienceQuery.model_validate({"all": [{"field": "account_id", "value": "u1"}]})

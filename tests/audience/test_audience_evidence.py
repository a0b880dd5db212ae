"""Why members are there: posts and edges of each condition, marks that are safe to show, facts with their origin."""

from __future__ import annotations

import html
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from api.render.evidence import evidence_lines
from audience.index.opened import open_index
from audience.query.model import Brand, Intent, Named
from audience.search.answers import Member
from audience.search.ask import search
from audience.search.excerpts import LENGTH, excerpt
from audience.search.grounds import signs_of
from privacy.brands import Brand as TrackedBrand
from privacy.brands import BrandRole
from tests.audience.audience_world import BRANDS, TOPICS_BY_ID, WORDS, own_world, tags


def _members(text: str) -> list[Member]:
    return search(own_world("evidence")[0], text, limit=30).members


@pytest.mark.parametrize("text", [WORDS[0], f'"{WORDS[0]}"', f"{WORDS[0]} OR {WORDS[1]}"])
def test_words_are_marked_in_posts_that_hold_them(text: str) -> None:
    marked = [item for member in _members(text) for item in member.evidence if item.marks]
    assert len(marked) >= 10
    for item in marked:
        assert item.kind == "post"
        assert {item.excerpt[a:b] for a, b in item.marks} <= set(WORDS[:2])


def test_counted_posts_topics_and_benefits_show_their_posts() -> None:
    for text, about in (
        ('posts("露营")>=1/30d', "露营"),
        (f"topic:{TOPICS_BY_ID['t02']}", TOPICS_BY_ID["t02"]),
        ("benefit:品质", "品质"),
    ):
        found = [item for member in _members(text) for item in member.evidence]
        assert found, text
        assert {item.about for item in found} == {about}
        assert all(item.post_id and item.kind == "post" for item in found)


def test_topics_and_communities_are_told_by_name() -> None:
    topic, refused = f"topic:{TOPICS_BY_ID['t02']}", f"-topic:{TOPICS_BY_ID['t01']}"
    members = _members("topic:t02 community:c1 -topic:t01")
    assert members
    for member in members:
        assert member.why == [topic, 'community:"社群 c1"', refused]
        assert {item.why for item in member.evidence} <= {topic}


def test_follows_are_edges_and_every_condition_gets_its_turn() -> None:
    tag = tags()[0]
    for member in _members(f"follows:{BRANDS[0]} tag:{tag}"):
        first = member.evidence[0]
        assert (first.kind, first.relation, first.about, first.post_id) == ("edge", "follow", BRANDS[0], None)
        assert first.why == f"follows:{BRANDS[0]}"
        assert len(member.evidence) <= 3
        assert all(item.about == tag for item in member.evidence[1:])


def test_nothing_refused_is_evidence() -> None:
    for member in _members(f"tag:{tags()[0]} -follows:{BRANDS[0]}"):
        assert all(item.kind == "post" for item in member.evidence)


def test_what_a_query_does_not_show_in_posts_falls_back_to_the_strongest_interests() -> None:
    members = _members("region:上海")
    assert any(member.evidence for member in members)
    for member in members:
        strongest = {tag.tag for tag in member.tags[:2]}
        assert {item.about for item in member.evidence} <= strongest


def test_facts_come_with_their_origin() -> None:
    members = _members("gender:f customer:current")
    assert members
    for member in members:
        facts = {fact.field: (fact.value, fact.origin) for fact in member.facts}
        assert facts["gender"] == ("f", "declared")
        assert facts["customer"] == ("current", "touchpoints")
        assert member.customer == "current"
        assert member.activity in (None, "new", "active", "quiet", "gone")


_TEXTS = st.text(alphabet="露营帐篷 <b>&\"'[red]\x1b\u202ea", max_size=200)


@given(_TEXTS, st.lists(st.sampled_from(["露营", "帐篷", "a", "(((a+)+)+", "<b>", ""]), max_size=4))
def test_excerpts_are_short_marked_rightly_and_safe(text: str, words: list[str]) -> None:
    found = excerpt(text, words)
    assert len(found.text) <= LENGTH
    assert not set(found.text) & {"\x1b", "\u202e"}
    last = 0
    for start, end in found.marks:
        assert last <= start < end <= len(found.text)
        assert found.text[start:end] in words
        last = end
    plain = found.as_html.replace("<mark>", "").replace("</mark>", "")
    assert html.unescape(plain) == found.text
    assert "<" not in plain


def test_an_excerpt_is_cut_around_what_was_found() -> None:
    found = excerpt("前" * 100 + "露营" + "后" * 100, ["露营"])
    assert len(found.text) == LENGTH
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert [found.text[a:b] for a, b in found.marks] == ["露营"]


def test_the_terminal_reads_no_markup_from_posts() -> None:
    shown = io.StringIO()
    found = excerpt("[red]露营[/red] [link=http://x]好[/link]", ["露营"])
    member = _members(f"tag:{tags()[0]}")[0]
    item = next(iter(member.evidence), None)
    assert item is not None
    risky = item.model_copy(update={"excerpt": found.text, "marks": list(found.marks)})
    console = Console(file=shown, width=100)
    for line in evidence_lines([member.model_copy(update={"evidence": [risky]})]):
        console.print(line)
    assert "[red]露营[/red] [link=http://x]好[/link]" in shown.getvalue()


def test_what_is_found_is_marked_in_traditional_script_and_full_width_too() -> None:
    for text, word, shown in (
        ("抽獎抽到露營燈相關的券", "露营", "露營"),
        ("今日份帳篷，睡袋也不错", "帐篷", "帳篷"),
        ("ＣＩＴＹＷＡＬＫ 一天", "citywalk", "ＣＩＴＹＷＡＬＫ"),
    ):
        found = excerpt(text, [word])
        assert [found.text[a:b] for a, b in found.marks] == [shown]


def test_cues_of_benefits_styles_and_intents_are_marked() -> None:
    assert _marked("求推荐露营灯，预算两百", Intent(field="intent", value="asks"))[0] == "求推荐"
    assert _marked("这代帐篷品控不行", Named(field="benefit", value="品质"))
    assert _marked("就冲限定版，第一时间下单", Named(field="style", value="尝鲜"))


def test_a_brand_is_marked_by_its_other_words_too() -> None:
    brand = TrackedBrand("山野集", BrandRole.COMPETITOR, ("microblog:1",), aliases=("山野家",))
    words, _ = signs_of(Brand(field="brand", value="山野集"), [brand])
    found = excerpt("新开的山野家门店不错", words)
    assert [found.text[a:b] for a, b in found.marks] == ["山野家"]


def test_the_words_of_a_topic_are_kept_for_its_marks_but_of_one_that_may_not_be_named() -> None:
    grown = open_index(own_world("evidence")[0]).grown
    assert grown["t02"] == [TOPICS_BY_ID["t02"]]
    assert "t03" not in grown


def _marked(text: str, condition: Named | Intent) -> list[str]:
    words, patterns = signs_of(condition)
    found = excerpt(text, words, patterns)
    return [found.text[a:b] for a, b in found.marks]

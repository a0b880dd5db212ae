"""Answers as text: gaps stay gaps, hidden is said in words, and no line is wider than 100 columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from rich.console import RenderableType

from api.examples.audience import SEARCH_ANSWER, SEARCH_HIDDEN
from api.examples.network import INFLUENCE_ANSWER, OVERLAP_ANSWER
from api.examples.planning import LOOKALIKE_ANSWER
from api.examples.trends import TRENDS_ANSWER
from api.render.console import WIDTH, bar, between, count, percent, sparkline
from api.render.influence import influence_view
from api.render.lookalike import lookalike_view
from api.render.overlap import overlap_view
from api.render.search import search_view
from api.render.seeds import seed_line
from api.render.trends import Chart, columns, search_lines, short, trends_view
from audience.lookalike.answers import LookalikeAnswer, SeedReport
from audience.network.answers import InfluenceAnswer
from audience.network.overlap_answers import OverlapAnswer
from audience.search.answers import Facet, SearchAnswer
from audience.trends.answers import RisingItem, TrendAnswer, TrendPoint, TrendSeries
from tests.api.renqun_process import drawn

START = datetime(2026, 7, 1, tzinfo=UTC)


def series(values: list[float | None]) -> TrendSeries:
    return TrendSeries(
        kind="tag",
        item="露营",
        label="露营",
        grain="hour",
        unit="posts",
        covered=sum(value is not None for value in values),
        missing=sum(value is None for value in values),
        points=[
            TrendPoint(at=START + timedelta(hours=hour), value=value) for hour, value in enumerate(values)
        ],
    )


def test_a_gap_is_blank_and_a_zero_is_a_bar() -> None:
    assert sparkline([0.0, None, 8.0, 4.0, None]) == "▁ █▅ "


def test_squeezing_keeps_peaks_and_only_whole_gaps() -> None:
    values: list[float | None] = [1.0, None, None, None, 2.0, 9.0]
    assert columns(values, 3) == [1.0, None, 9.0]
    assert columns(values, 6) == values
    assert columns([1.0, None], 4) == [1.0, 1.0, None, None]


def test_all_zero_series_is_drawn_flat() -> None:
    assert sparkline([0.0, 0.0]) == "▁▁"


def test_the_chart_says_how_much_was_not_collected_and_marks_the_burst() -> None:
    burst = RisingItem(
        kind="tag", item="露营", label="露营", start=START, peak=START + timedelta(hours=2), value=9, score=3, unit="posts"
    )  # fmt: skip
    text = drawn(Chart(series([1.0, None, 9.0, 2.0]), [burst]))
    lines = text.splitlines()
    assert "1 of 4 hours were not collected" in text
    assert lines[1][lines[2].index("▲")] == "█"


def test_searches_are_told_with_what_is_posted() -> None:
    search = RisingItem(
        kind="keyword", item="露营", label="露营", source="index", start=START, peak=START, value=5210, expected=900, score=3,
        unit="index",
    )  # fmt: skip
    posts = search.model_copy(update={"kind": "term", "value": 40.0, "searched": [search]})
    (line,) = search_lines([posts, search])
    assert line.plain.startswith("露营 was searched too: 5,210 on index from ")
    assert line.plain.endswith(", 900 expected")


@pytest.mark.parametrize(("share", "text"), [(None, "–"), (0.0, "0.0%"), (0.024, "2.4%"), (0.5, "50%")])
def test_percent_never_turns_unknown_into_zero(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("figure", "text"),
    [(0.04, "0.0"), (9.96, "10.0"), (12.3, "12"), (1252.5, "1,252"), (167_073, "167k"), (2.14e7, "21.4M")],
)
def test_short_figures(figure: float, text: str) -> None:
    assert short(figure) == text


def test_small_figures() -> None:
    assert bar(0.5, 4) == "██  "
    assert len(bar(0.33, 10)) == 10
    assert between(None, 0.3) == ""
    assert count(None) == "hidden"


def test_search_shows_size_members_levels_and_facets() -> None:
    text = drawn(search_view(SearchAnswer.model_validate(SEARCH_ANSWER)))
    assert "415 people of 1,990" in text
    assert "露营·7" in text
    assert "165–224" in text
    assert "renqun export" in text


def test_search_says_where_facts_are_from() -> None:
    answer = SearchAnswer.model_validate(SEARCH_ANSWER)
    value = answer.facets[0].values[0]
    known = value.model_copy(update={"label": "女", "declared": 1_240, "touchpoints": 0})
    facets = [Facet(field="gender", label="性别", values=[known, value])]
    text = drawn(search_view(answer.model_copy(update={"facets": facets})))
    assert "性别: 女 1,240 declared, 0 by touchpoints\n" in text
    assert "by touchpoints" not in drawn(search_view(answer))


def test_hidden_is_explained_in_words_without_any_total() -> None:
    text = drawn(search_view(SearchAnswer.model_validate(SEARCH_HIDDEN)))
    assert "Hidden: fewer than 20 people fit" in text
    assert "size" not in text


def test_seeds_that_were_not_resolved_are_counted_in_words() -> None:
    line = seed_line(SeedReport(rows=10, resolved=6, unknown=2, ambiguous=1, opted_out=1, unprofiled=1))
    assert (
        line
        == "Seeds: 10 rows, 6 resolved (1 of them without a profile), 2 unknown, 1 ambiguous, 1 opted out"
    )


def long_search() -> SearchAnswer:
    answer = SearchAnswer.model_validate(SEARCH_ANSWER)
    member = answer.members[0].model_copy(
        update={
            "why": ["tag:户外用品测评与攻略>=3", "region:新疆维吾尔自治区", "-follows:很长的品牌名字有限公司"]
            * 3
        }
    )
    return answer.model_copy(update={"members": [member] * 3})


@pytest.mark.parametrize(
    "view",
    [
        search_view(long_search()),
        lookalike_view(LookalikeAnswer.model_validate(LOOKALIKE_ANSWER)),
        trends_view(TrendAnswer.model_validate(TRENDS_ANSWER)),
        overlap_view(OverlapAnswer.model_validate(OVERLAP_ANSWER)),
        Chart(series([float(hour % 24) for hour in range(2000)])),
    ],
    ids=["search", "lookalike", "trends", "overlap", "chart"],
)
def test_no_line_is_wider_than_the_terminal(view: RenderableType) -> None:
    assert max(cell_len(line) for line in drawn(view).splitlines()) <= WIDTH


def test_nothing_is_said_of_amplification_where_nobody_is_passed_on() -> None:
    answer = InfluenceAnswer.model_validate(INFLUENCE_ANSWER)
    one = answer.influencers[0]
    silent = one.model_copy(update={"median_reposts": 0.0, "expected_reposts": 0.0, "amplification": 1.0})
    loud = one.model_copy(update={"median_reposts": 4.0, "expected_reposts": 1.0, "amplification": 3.0})
    first, second = (
        drawn(influence_view(answer.model_copy(update={"influencers": [each]}))) for each in (silent, loud)
    )
    assert "1.0x" not in first
    assert "3.0x" in second


def test_an_overlap_with_hidden_rows_says_why() -> None:
    answer = OverlapAnswer.model_validate(OVERLAP_ANSWER)
    row = answer.intersections[0]
    hidden = answer.model_copy(
        update={"pairs": [], "intersections": [row.model_copy(update={"people": None})]}
    )
    assert "by subtraction" in " ".join(drawn(overlap_view(hidden)).split())

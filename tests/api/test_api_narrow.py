"""Narrow terminals and pipes: names survive, figures and ids are whole, and the width is the reader's to choose."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from api import cli
from api.collected import RunRow
from api.examples.audience import SEARCH_ANSWER
from api.examples.network import INFLUENCE_ANSWER, OVERLAP_ANSWER
from api.examples.planning import LOOKALIKE_ANSWER
from api.examples.trends import TRENDS_ANSWER
from api.render.collected import runs_view
from api.render.console import WIDTH, console, table
from api.render.influence import influence_view
from api.render.lookalike import lookalike_view
from api.render.overlap import overlap_view
from api.render.search import search_view
from api.render.sources import sources_view
from api.render.trends import Chart, trends_view
from api.sources import SourceRow
from audience.lookalike.answers import LookalikeAnswer
from audience.network.answers import InfluenceAnswer
from audience.network.overlap_answers import OverlapAnswer
from audience.search.answers import SearchAnswer
from audience.trends.answers import RisingItem, TrendAnswer
from tests.api.renqun_process import drawn
from tests.api.test_api_render import series

AT = datetime(2026, 11, 10, 8, tzinfo=UTC)
RUN = "sandbox-discourse-20261130T161446-ac0aac"
RISING = RisingItem(
    kind="keyword", item="鲸落湾快闪店", label="鲸落湾快闪店", start=AT, peak=AT, value=12_011, expected=20.0, score=486.0,
    unit="index", state="rising", related=["绛雪召回", "人工智能", "返场"],
)  # fmt: skip


def rising() -> RenderableType:
    answer = TrendAnswer.model_validate(TRENDS_ANSWER)
    return trends_view(answer.model_copy(update={"series": [], "bursts": [RISING], "rising": [RISING]}))


def runs() -> RenderableType:
    told = {
        "run_id": RUN, "kind": "crawl", "spider": "discourse", "source": "sandbox-discourse", "status": "ok", "asked": 3_378,
        "fetched": 3_378, "rows": 30_233, "new": 30_233, "updated": 0, "rejected": 0, "started_at": AT,
    }  # fmt: skip
    return runs_view([RunRow.model_validate(told)])


def sources() -> RenderableType:
    told = {
        "source": "sandbox-discourse", "id": "1", "base_url": "http://127.0.0.1:34635", "kind": "discourse", "legal_basis": "",
        "terms_url": "", "licence_url": "", "fields": [], "retention_days": 365, "rate": 20.0, "concurrency": 1, "delay": 0.0,
        "contact_allowed": False, "robots": "obey",
    }  # fmt: skip
    row = SourceRow.model_validate(told)
    return sources_view([row])


def tokens(view: RenderableType, width: int) -> set[str]:
    return set(drawn(view, width).split())


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    ("view", "whole"),
    [
        (rising(), {"鲸落湾快闪店", "keyword", "12,011", "486"}),
        (runs(), {RUN, "ok", "30,233"}),
        (sources(), {"sandbox-discourse", "discourse", "never"}),
        (influence_view(InfluenceAnswer.model_validate(INFLUENCE_ANSWER)), {"p99", "p98", "310"}),
        (search_view(SearchAnswer.model_validate(SEARCH_ANSWER)), {"露营·7", "165–224"}),
        (lookalike_view(LookalikeAnswer.model_validate(LOOKALIKE_ANSWER)), set()),
        (overlap_view(OverlapAnswer.model_validate(OVERLAP_ANSWER)), set()),
        (Chart(series([float(hour % 24) for hour in range(2000)])), {"07-01"}),
    ],
    ids=["rising", "runs", "sources", "influence", "search", "lookalike", "overlap", "chart"],
)
def test_names_figures_and_ids_are_whole_in_a_narrow_terminal(
    view: RenderableType, whole: set[str], width: int
) -> None:
    assert max(cell_len(line) for line in drawn(view, width).splitlines()) <= width
    assert whole <= tokens(view, width)


def test_what_gives_way_is_told_and_the_least_important_goes_first() -> None:
    assert "Too narrow" not in drawn(rising(), WIDTH)
    assert "Too narrow for peak" in drawn(rising(), 80)
    grid = table("#", "name", "", "long ago", "now", right=("#", "long ago", "now"), spare=("long ago",))
    grid.add_row("1", "山野集", "█" * 12, "12,345", "23,456")
    assert drawn(grid, 50).split()[-4:] == ["山野集", "█" * 12, "12,345", "23,456"]
    assert "█" not in drawn(grid, 32)
    assert "12,345" in drawn(grid, 32)
    assert " ".join(drawn(grid, 20).split()).endswith("Too narrow for long ago: --json has all.")
    for width in range(9, 50):
        assert {"1", "山野集"} <= tokens(grid, width)
        assert tokens(grid, width) & {"12,34", "23,45", "3,456", "12,"} == set()


def test_heads_fold_before_columns_give_way() -> None:
    grid = table("account", "people reached", "new ones", right=("people reached", "new ones"))
    grid.add_row("归山咖啡", "1,320", "35")
    assert drawn(grid, 24).split() == [
        "people",
        "new",
        "account",
        "reached",
        "ones",
        "─" * 24,
        "归山咖啡",
        "1,320",
        "35",
    ]


def test_nothing_in_a_cell_or_title_is_read_as_markup() -> None:
    grid = table("word", title="[bold]x[/bold]")
    grid.add_row("[red]山[/red]")
    grid.add_row(Text("野", style="bold"))
    text = drawn(grid)
    assert "[bold]x[/bold]" in text
    assert "[red]山[/red]" in text


def test_a_chart_keeps_its_lines_together() -> None:
    values: list[float | None] = [float(hour % 24) for hour in range(500)]
    burst = RISING.model_copy(
        update={"kind": "tag", "item": "露营", "peak": series(values).points[-1].at, "label": "露营"}
    )
    _, line, marks, dates, *_ = drawn(Chart(series(values), [burst]), 60).splitlines()
    assert marks.endswith("▲  ▲ burst")
    assert cell_len(line) == cell_len(dates) == cell_len(marks) - len("  ▲ burst")


def test_a_pipe_is_as_wide_as_asked_and_has_no_spaces_at_the_ends(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert console().width == WIDTH
    monkeypatch.setenv("COLUMNS", "0")
    assert console().width == WIDTH
    monkeypatch.setenv("COLUMNS", "140")
    assert console().width == 140
    monkeypatch.setenv("COLUMNS", "60")
    console().print(rising())
    lines = capsys.readouterr().out.splitlines()
    assert 50 < max(map(cell_len, lines)) <= 60
    assert [line for line in lines if line != line.rstrip()] == []


def test_json_of_a_query_is_whole_in_any_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    words = "tag:露营>=3 region:上海 activity:active influence:>=p90"
    assert cli.main(["query", "explain", words, "--home", str(tmp_path)]) == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("JSON ")]
    assert len(json.loads(line.removeprefix("JSON "))["all"]) == 4

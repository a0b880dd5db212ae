"""Trends in the terminal: what rises, and series as small charts in which a gap stays a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from api.render.console import percent, sparkline, table
from api.render.grid import Grid
from audience.trends.answers import Lead, Rhythm, RisingItem, TrendAnswer, TrendSeries
from audience.window import LOCAL

CHART_WIDTH = 84
_MARKED = "  ▲ burst"
_BESIDE = 2 + len(_MARKED)  # cells of a chart's line before and after its columns
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def trends_view(answer: TrendAnswer) -> RenderableType:
    """The whole answer: window, coverage, what rises, the series with their bursts."""
    item = f"{answer.item}, " if answer.item else ""
    parts: list[RenderableType] = [
        Text(f"{item}{_day(answer.since)} to {_day(answer.until)} (times: Asia/Shanghai)", style="bold")
    ]
    if answer.coverage:
        said = ", ".join(f"{source} {percent(share)}" for source, share in answer.coverage.items())
        parts.append(
            Text(f"Collected of that time: {said}. Where nothing was collected there is a gap, not a drop.")
        )
    parts += [Text(f"note: {warning}", style="yellow") for warning in answer.warnings]
    if answer.hidden:
        parts.append(Text(f"Hidden: {answer.reason}.", style="yellow"))
        return Group(*parts)
    parts += [Chart(series, answer.bursts) for series in answer.series]
    parts += [lead_line(lead) for lead in answer.leads]
    if answer.bursts:
        parts += [rising_table("Bursts", answer.bursts), *driver_lines(answer.bursts)]
    if answer.rising:
        parts.append(rising_table("Rising, the most surprising first", answer.rising))
        parts += [*search_lines(answer.rising), *driver_lines(answer.rising)]
    if not (answer.series or answer.rising or answer.bursts):
        parts.append(Text("Nothing rose in that time. Take a longer window: --since 90d", style="dim"))
    return Group(*parts)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d}"


def _date(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%m-%d}"


def _hour(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%m-%d %H:%M}"


def columns(values: Sequence[float | None], width: int) -> list[float | None]:
    """Fit a series into ``width`` columns: a column is the highest collected value, None if none was.

    A short series is drawn up to four columns a value.
    """
    if len(values) <= width:
        return [value for value in values for _ in range(max(1, min(4, width // max(len(values), 1))))]
    edges = [round(i * len(values) / width) for i in range(width + 1)]
    squeezed: list[float | None] = []
    for start, end in pairwise(edges):
        seen = [value for value in values[start:end] if value is not None]
        squeezed.append(max(seen) if seen else None)
    return squeezed


@dataclass(frozen=True)
class Chart:
    """One item's series as wide as there is room, with its highest value, its gaps in words, and a mark under each peak."""

    series: TrendSeries
    bursts: Sequence[RisingItem] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, and an empty one."""
        series = self.series
        drawn = columns(
            [point.value for point in series.points], min(CHART_WIDTH, options.max_width - _BESIDE)
        )
        top = max((point.value for point in series.points if point.value is not None), default=0.0)
        every = "an hour" if series.grain == "hour" else "a day"
        source = f" from {series.source}" if series.source else ""
        head = Text(series.label, style="bold")
        yield head.append(f"  {series.kind}{source}, {series.unit} {every}, highest {top:,.0f}", style="dim")
        yield Text("  " + sparkline(drawn), style="cyan")
        marks = _marks(series, self.bursts, len(drawn))
        if marks:
            yield Text(f"  {marks}{_MARKED}", style="red")
        if series.points:
            tell = _hour if series.grain == "hour" else _date
            first, last = tell(series.points[0].at), tell(series.points[-1].at)
            yield Text(f"  {first}{last:>{max(len(drawn) - len(first), len(last) + 1)}}", style="dim")
        gaps = f"{series.missing:,} of {series.covered + series.missing:,} {series.grain}s were not collected"
        yield Text(
            f"  blank: {gaps}" if series.missing else f"  every {series.grain} was collected", style="dim"
        )
        busy = _busiest(series.rhythm) if series.rhythm else ""
        if busy:
            yield Text(f"  {busy}", style="dim")
        yield Text("")


def _busiest(rhythm: Rhythm) -> str:
    """The hour and weekday that hold most, against the mean."""
    said = []
    for factors, name in ((rhythm.hours, "{:02d}:00"), (rhythm.weekdays, "{}")):
        known = [(factor, place) for place, factor in enumerate(factors) if factor is not None]
        if known:
            factor, place = max(known)
            label = name.format(place if factors is rhythm.hours else WEEKDAYS[place])
            said.append(f"{label} ({factor:.1f} times the mean)")
    return f"busiest: {', '.join(said)}" if said else ""


def lead_line(lead: Lead) -> Text:
    """Search beside talk in one sentence."""
    unit = f"{lead.grain}s"
    if not lead.clear:
        return Text(f"Search on {lead.source} and posts: no clear lead of either.", style="dim")
    if lead.lag == 0:
        said = "moves with the posts"
    else:
        said = f"{'follows' if lead.lag > 0 else 'leads'} the posts by {abs(lead.lag)} {unit}"
    return Text(
        f"Search on {lead.source} {said} (95 %: {lead.low} to {lead.high} {unit}), "
        f"correlation {lead.correlation:.2f} ({lead.correlation_low:.2f} to {lead.correlation_high:.2f})"
    )


def search_lines(items: Sequence[RisingItem]) -> list[Text]:
    """How search interest rose with what people post, a line an event and source."""
    return [
        Text(
            f"{one.label} was searched too: {short(search.value)} on {search.source} from {_hour(search.start)}, "
            f"{'–' if search.expected is None else short(search.expected)} expected"
        )
        for one in items
        for search in one.searched
    ]


def driver_lines(items: Sequence[RisingItem]) -> list[Text]:
    """Who carried each rise, where it is known: groups with their TGI, public accounts by name."""
    lines = []
    for one in items:
        said = [
            driver.name if driver.kind == "public" else f"{driver.kind} {driver.name} (TGI {driver.tgi:.0f})"
            for driver in one.drivers
        ]
        if said:
            lines.append(Text(f"{one.label} was carried by {', '.join(said)}"))
    return [*lines, Text("")] if lines else []


def _marks(series: TrendSeries, bursts: Sequence[RisingItem], width: int) -> str:
    """A triangle in the column of each burst's peak."""
    marks = [" "] * width
    for burst in bursts:
        if (burst.kind, burst.item) != (series.kind, series.item):
            continue
        place = sum(point.at <= burst.peak for point in series.points) - 1
        if place >= 0:
            marks[int((place + 0.5) * width / len(series.points))] = "▲"
    return "".join(marks).rstrip()


def rising_table(title: str, items: Sequence[RisingItem]) -> Grid:
    """What rose: when it began and peaked, how high against what was expected, and what rose with it."""
    figures = ("value", "expected", "score")
    heads = ["#", "what", "kind", "began", "peak", *figures]
    together, states = any(one.related for one in items), any(one.state for one in items)
    grid = table(
        *heads,
        *(["state"] if states else []),
        *(["with it"] if together else []),
        right=("#", *figures),
        fixed=("kind", "state", "began", "peak"),
        spare=("peak", "with it", "expected", "kind", "score", "state"),
        title=title,
    )
    for place, one in enumerate(items, 1):
        expected = "–" if one.expected is None else short(one.expected)
        cells = [str(place), one.label, one.kind, _hour(one.start), _hour(one.peak)]
        cells += [short(one.value), expected, short(one.score)]
        cells += [one.state or "–"] if states else []
        grid.add_row(*cells, *([" ".join(one.related[:3])] if together else []))
    return grid


def short(figure: float) -> str:
    """A figure in at most six characters: 0.4, 12, 1,252, 21.4M."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e5)):
        if figure >= size:
            return f"{figure / (1e3 if unit == 'k' else size):,.{0 if unit == 'k' else 1}f}{unit}"
    return f"{figure:,.0f}" if figure >= 10 else f"{figure:.1f}"

"""Tables that fit the terminal: text folds, columns give way, and no figure or id is ever cut or folded inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.table import Table
from rich.text import Text

# Cells that a column of text keeps before another column gives way; those that are never left out keep more.
_SLIM, _NAME = 12, 24


class _Frame(NamedTuple):
    """The spaces around the columns: ``between`` each two, ``edges`` on both sides together."""

    between: int
    edges: int


_AIRY, _TIGHT = _Frame(3, 2), _Frame(2, 0)


@dataclass
class Grid:
    """A table without a cage that draws itself as wide as it is let.

    ``right`` are the heads of figures, ``fixed`` those of ids, names and times: neither is ever folded; other cells fold
    between words. Where there is no room, the columns named in ``spare`` are left out in their order, then the others
    from the right; the first never is, nor what follows a numbering ``#``. Columns without a head hold a bar or a mark
    and go before all others. Named columns that are left out are told in a line below.
    """

    heads: Sequence[str]
    right: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()
    spare: Sequence[str] = ()
    title: str = ""
    rows: list[list[Text]] = field(default_factory=list)

    def add_row(self, *cells: str | Text) -> None:
        """One row; cells that are missing at its end are empty. Nothing in a string is read as markup."""
        row = [cell if isinstance(cell, Text) else Text(cell) for cell in cells]
        self.rows.append(row + [Text()] * (len(self.heads) - len(row)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The table, and the line about what was left out."""
        kept, widths, frame = self._fit(options.max_width)
        if self.title:
            yield Text(self.title, style="bold")
        airy = frame is _AIRY
        padding = (0, 1) if airy else (0, 1, 0, 0)
        grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=airy, padding=padding)
        for place, width in zip(kept, widths, strict=True):
            justify: JustifyMethod = "right" if self.heads[place] in self.right else "left"
            grid.add_column(Text(self.heads[place]), justify=justify, overflow="fold", width=width)
        for row in self.rows:
            grid.add_row(*(row[place] for place in kept))
        yield grid
        gone = [head for place, head in enumerate(self.heads) if head and place not in kept]
        if gone:
            yield Text(f"Too narrow for {', '.join(gone)}: --json has all.", style="dim")

    def _fit(self, width: int) -> tuple[list[int], list[int], _Frame]:
        """The columns to show with their widths, and the spaces around them."""
        kept = list(range(len(self.heads)))
        leaving = self._leaving()
        while True:
            for frame, whole in ((_AIRY, True), (_TIGHT, True), (_TIGHT, False)):
                least = [self._least(place, whole) for place in kept]
                room = width - frame.edges - frame.between * (len(kept) - 1) - sum(least)
                if room >= 0 or (not leaving and not whole):
                    most = [max(self._longest(place), cell_len(self.heads[place])) for place in kept]
                    return kept, _shared(room, least, most), frame
            kept.remove(leaving.pop(0))

    @property
    def _essential(self) -> int:
        """How many columns are never left out."""
        return 2 if self.heads[0] in ("#", "") else 1

    def _leaving(self) -> list[int]:
        """The columns that may be left out, the first to go first."""
        places = range(self._essential, len(self.heads))
        bars = [place for place in places if not self.heads[place]]
        spare = [place for head in self.spare for place in places if self.heads[place] == head]
        return [*bars, *spare, *(place for place in reversed(places) if place not in {*bars, *spare})]

    def _least(self, place: int, whole: bool) -> int:
        """The cells that a column can't do without; its head folds between words unless it is to stay ``whole``."""
        head = self.heads[place]
        longest = self._longest(place)
        firm = head in self.right or head in self.fixed or not head
        needed = longest if firm else min(longest, _NAME if place < self._essential else _SLIM)
        return max(needed, max(map(cell_len, [head] if whole else head.split()), default=1))

    def _longest(self, place: int) -> int:
        return max((cell_len(line) for row in self.rows for line in row[place].plain.split("\n")), default=1)


def _shared(room: int, least: Sequence[int], most: Sequence[int]) -> list[int]:
    """The widths when ``room`` cells are given away one by one, each to the narrowest column that can use it."""
    widths = list(least)
    for _ in range(room):
        wanting = [place for place, width in enumerate(widths) if width < most[place]]
        if not wanting:
            break
        widths[min(wanting, key=widths.__getitem__)] += 1
    return widths

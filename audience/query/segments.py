"""How a query finds the saved segments that it names: a resolver that is handed in, since segments are kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from audience.query.model import AudienceQuery


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen segment: ``term`` (``ID@version``) stands in the engine's field ``segment`` of each member."""

    term: str


class Segments(Protocol):
    """The saved segments that queries may name."""

    def names(self) -> Sequence[str]:
        """Every name, for suggestions."""
        ...

    def find(self, name: str) -> AudienceQuery | Frozen | None:
        """A dynamic segment's query or a frozen one's term; None where there is no segment of this name."""
        ...

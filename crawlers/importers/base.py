"""What an importer is: it recognises files of one format and reads them part by part as raw frames."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import polars as pl

from lake.frames import RawFrames
from lake.raw import RawRows
from privacy.policies import Policy


@dataclass(frozen=True, slots=True)
class Options:
    """How to read: what people say on the command line; the run adds the policy entry's ``base_url``, and its zone
    where they say none.

    ``table`` and ``columns`` (field to column of the file) are for the ``table`` importer alone, ``profiles_checked`` for
    formats whose posts do not say that their author hides: whoever saved the files has left those people out.
    """

    source: str | None = None
    timezone: str = ""
    base_url: str = ""
    table: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    profiles_checked: bool = False


@dataclass(slots=True)
class Part:
    """Some rows of a file, as many as fit in memory easily; ``broke_off`` says why the file ended early, if it did.

    ``glimpses`` are accounts (in the columns of raw accounts) as posts tell of their authors in passing: they are kept
    only where the lake has no row of the account, so that they never replace a profile. ``skipped`` are files of a
    folder that are of no known kind. ``said`` is for people: how the file is read.
    """

    rows: RawFrames | RawRows
    broke_off: str = ""
    glimpses: pl.DataFrame | None = None
    skipped: tuple[str, ...] = ()
    said: str = ""


class Importer(ABC):
    """Reads the files of one format. One object serves every import, so it keeps nothing."""

    name: ClassVar[str]
    """As people write it: ``renqun import NAME PATH``."""
    kind: str = ""
    """The kind of the policy entries that its files are imported under; empty: the format's name."""
    policy: ClassVar[Policy | None] = None
    """The policy entry that a published archive brings along; others are imported under an entry of the user's."""
    snapshots: ClassVar[bool] = False
    """Whether each time of its keywords is a snapshot that was taken whole: it gets a ``runs`` row of its own."""

    @abstractmethod
    def recognises(self, path: Path) -> bool:
        """Whether this file or folder is of the format: a cheap look at names, header and first bytes."""

    def split(self, path: Path) -> Sequence[Importer]:
        """One importer a source: a folder may hold files from several sites, each under its own policy entry."""
        return (self,)

    @abstractmethod
    def read(self, path: Path, options: Options) -> Iterator[Part]:
        """Read a file or folder, memory flat. What can't be right goes to ``rejects`` with the reason, never raises.

        Raises BadInputError where nothing of it can be read.
        """

"""Importers of files that may lie in a folder among others: the folder is walked, what is of no known kind is told."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl

from crawlers.importers.base import Importer, Options, Part
from crawlers.importers.blocks import what_it_is
from lake.frames import RawFrames
from privacy.errors import BadInputError


class FolderImporter(Importer):
    """Reads a file, or every file of the format below a folder, in the order of ``kinds``."""

    kinds: ClassVar[tuple[str, ...]]
    """What a file may hold: those that others refer to come first."""

    @abstractmethod
    def kind_of(self, path: Path) -> str | None:
        """Which of ``kinds`` this file holds, told by its name and first bytes; None where it is none."""

    @abstractmethod
    def read_file(self, path: Path, kind: str, options: Options, seen: Seen) -> Iterator[Part]:
        """Read one file; ``seen`` knows what the files before told."""

    def recognises(self, path: Path) -> bool:
        """Whether the file, or any file below the folder, is of the format."""
        return any(self.kind_of(file) is not None for file in files_below(path))

    def read(self, path: Path, options: Options) -> Iterator[Part]:
        """Every file of the format; one that can't be read is told and the others go on."""
        found: list[tuple[int, str, Path, str]] = []
        skipped: list[str] = []
        for file in files_below(path):
            kind = self.kind_of(file)
            if kind is None:
                skipped.append(str(file.relative_to(path)) if file != path else file.name)
            else:
                found.append((self.kinds.index(kind), str(file), file, kind))
        if not found:
            what = what_it_is(path)
            said = f"{path} holds no file that {self.name} writes{': ' if what else ''}{what}."
            raise BadInputError(said, "docs/importing.md tells what each format's files look like.")
        seen = Seen()
        for _, _, file, kind in sorted(found):
            try:
                yield from self.read_file(file, kind, options, seen)
            except BadInputError as error:
                if len(found) == 1:
                    raise
                yield Part(RawFrames(), broke_off=error.message.rstrip("."))
        if skipped:
            yield Part(RawFrames(), skipped=tuple(skipped))


def files_below(path: Path) -> Iterator[Path]:
    """The file itself, or all files below the folder but hidden ones, in the order of their names."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found = (Path(folder, name) for name in sorted(files) if not name.startswith("."))
        yield from (file for file in found if file.is_file())  # a pipe would be waited for


class Seen:
    """What the files before told: who wrote the posts read lately, for replies and reposts that name a post alone.

    It remembers the ``most`` posts before the newest part, and no part before them, so that memory stays flat; ``boards``
    are names of boards by their numbers, ``people`` the native ids of those whose own pages were read.
    """

    _SCHEMA: ClassVar = {"native_id": pl.String, "author_native_id": pl.String}

    def __init__(self, most: int = 500_000) -> None:
        self.boards: dict[str, str] = {}
        self.people: set[str] = set()
        self._most = most
        self._parts: list[pl.DataFrame] = []

    def note(self, posts: pl.DataFrame) -> None:
        """Remember these posts."""
        self._parts.append(posts.select(*self._SCHEMA).drop_nulls())
        while sum(part.height for part in self._parts[1:-1]) >= self._most:
            del self._parts[0]

    def of(self, native_ids: pl.Series) -> pl.Series:
        """The author of each post, null where it isn't remembered."""
        wanted = native_ids.drop_nulls().unique()
        if wanted.is_empty():
            return native_ids.clear(len(native_ids))
        known = self._among(self._parts, wanted)
        asked = native_ids.alias("native_id").to_frame()
        return asked.join(known, on="native_id", how="left", maintain_order="left")["author_native_id"]

    def _among(self, parts: Iterable[pl.DataFrame], wanted: pl.Series) -> pl.DataFrame:
        found = [part.filter(pl.col("native_id").is_in(wanted.implode())) for part in parts]
        return pl.concat([pl.DataFrame(schema=self._SCHEMA), *found]).unique("native_id", keep="last")

"""Which engine a home is searched with: ``RENQUN_ENGINE``, tantivy (the default) or elasticsearch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from audience.engines.base import Store
from audience.engines.tantivy_files import BESIDE
from audience.errors import NotMinedError
from privacy.errors import BadInputError
from privacy.home import Home

if TYPE_CHECKING:
    from audience.engines.base import Batches
    from audience.engines.tantivy import TantivyEngine

ENGINES = ("tantivy", "elasticsearch")


def engine_name() -> str:
    """The engine in use. Raises BadInputError."""
    name = os.environ.get("RENQUN_ENGINE", "").strip().lower() or ENGINES[0]
    if name not in ENGINES:
        raise BadInputError(f"there is no engine {name!r}", f"set RENQUN_ENGINE to {' or '.join(ENGINES)}")
    return name


def store_of(home: Home) -> Store:
    """Where the engine in use keeps this home's indices. Raises BadInputError, UnavailableError on bad settings."""
    if engine_name() == "elasticsearch":
        from audience.engines.elasticsearch_settings import ElasticsearchSettings
        from audience.engines.elasticsearch_store import ElasticsearchStore

        return ElasticsearchStore(home, ElasticsearchSettings.from_environment())
    return TantivyStore()


@dataclass(frozen=True)
class TantivyStore:
    """Tantivy's files, inside the folder itself."""

    name: ClassVar[str] = "tantivy"
    embedded: ClassVar[bool] = True

    def layout(self) -> str:
        """The library's version: it reads no other's files."""
        return _tantivy_version()

    def write(self, folder: Path, batches: Batches) -> int:
        """Write the files; returns the number of persons."""
        from audience.engines.tantivy_index import write_index

        return write_index(_files(folder), batches())

    def open(self, folder: Path) -> TantivyEngine:
        """A reader. Raises NotMinedError where the files are damaged."""
        from audience.engines.tantivy import TantivyEngine

        try:
            return TantivyEngine(_files(folder))
        except (ValueError, OSError) as error:
            raise NotMinedError(f"the search index is damaged: {str(error).splitlines()[0]}") from error

    def is_whole(self, folder: Path) -> bool:
        """Whether the files open. Without the engine's own imports: this must be quick."""
        import tantivy

        files = _files(folder)
        try:
            tantivy.Index.open(str(files)).searcher()
        except (ValueError, OSError):
            return False
        return all((files / name).is_file() for name in BESIDE)

    def is_reachable(self) -> bool:
        """It answers in this process."""
        return True

    def publish(self, folder: Path) -> None:
        """Nothing reads the files by another name than the folder's."""

    def remove_others(self, folder: Path) -> None:
        """Nothing lies outside the folders."""


def _files(folder: Path) -> Path:
    return folder / "engine"


@cache
def _tantivy_version() -> str:
    """Kept, since each search asks for it and finding it reads files."""
    from importlib.metadata import version

    return version("tantivy")

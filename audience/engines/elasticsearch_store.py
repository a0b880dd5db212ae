"""Where Elasticsearch keeps a home's indices: a new one a build, shown by an alias, the others removed once nobody reads them.

Indices are named ``PREFIX-people-VERSION-RANDOM``; the alias ``PREFIX-people`` shows the one in use. Each carries in its
mapping's ``_meta`` which home it belongs to, so that one home never removes another's.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from audience.engines.elasticsearch import ElasticsearchEngine
from audience.engines.elasticsearch_bulk import Checkpoint, OtherPeopleError, fill, patient
from audience.engines.elasticsearch_link import Link, UnreachableError, link_to
from audience.engines.elasticsearch_mapping import layout, template
from audience.engines.elasticsearch_pulse import HURRY
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.vectors import Vectors, kept
from audience.errors import NotMinedError
from privacy.errors import ConflictError, StorageError, UnavailableError
from privacy.home import Home

if TYPE_CHECKING:
    import polars as pl

    from audience.engines.base import Batches

_NAME = "elasticsearch.json"
# Seconds that questions under way have to end before an index counts as being read.
_SETTLING = 2.0
_T = TypeVar("_T")


@dataclass(frozen=True)
class ElasticsearchStore:
    """One home's indices on one server."""

    home: Home
    settings: ElasticsearchSettings
    name: ClassVar[str] = "elasticsearch"
    embedded: ClassVar[bool] = False

    @property
    def alias(self) -> str:
        """The name that always shows the index in use."""
        return f"{self.settings.prefix}-people"

    def layout(self) -> str:
        """The digest of the fields."""
        return layout(self.settings.knn)

    def write(self, folder: Path, batches: Batches) -> int:
        """Fill a new index, or go on with one that a stopped build left; returns the number of persons.

        Raises:
            ConflictError: the prefix is another home's.
            UnreachableError: the server stayed away; the next call goes on where this one stopped.
            StorageError: Elasticsearch refused documents.
        """
        self._refuse_foreign()
        self._prepare()
        checkpoint = Checkpoint.read(self._checkpoint)
        if checkpoint is not None and self._exists(checkpoint.index):
            try:
                return self._fill(folder, checkpoint, kept(folder, batches()))
            except OtherPeopleError:
                self._drop(checkpoint.index)
        checkpoint = Checkpoint(f"{self.alias}-{folder.name}")
        self._create(checkpoint.index)
        return self._fill(folder, checkpoint, kept(folder, batches()))

    def open(self, folder: Path) -> ElasticsearchEngine:
        """A reader. Raises NotMinedError where the index is gone, UnreachableError where the server is."""
        index = self._index_of(folder)
        try:
            vectors = Vectors(folder)
        except (ValueError, OSError) as error:
            raise NotMinedError("the search index is damaged: what lies beside it is not whole") from error
        return ElasticsearchEngine(self._link, index, self.alias, vectors)

    def is_whole(self, folder: Path) -> bool:
        """Whether the index is there and the alias shows it. Raises UnreachableError where the server does not answer."""
        try:
            index = self._index_of(folder)
        except NotMinedError:
            return False
        shown = self._link.client.indices.exists_alias(index=index, name=self.alias)
        return bool(self._link.call(shown))

    def is_reachable(self) -> bool:
        """Whether the server answers, and takes this login: one small question, not asked again."""
        hurried = self._link.client.options(request_timeout=HURRY, max_retries=0)
        try:
            self._link.call(hurried.indices.exists_alias(name=self.alias))
        except UnavailableError:
            return False
        return True

    def publish(self, folder: Path) -> None:
        """Let the alias show this index alone, in one step."""
        actions: list[dict[str, Any]] = [
            {"remove": {"index": f"{self.alias}-*", "alias": self.alias, "must_exist": False}},
            {"add": {"index": self._index_of(folder), "alias": self.alias}},
        ]
        self._patiently(lambda: self._link.client.indices.update_aliases(actions=actions))

    def remove_others(self, folder: Path) -> None:
        """Remove this home's other indices, but for those that somebody is reading just now, such as an export.

        Those are left to the next build, and so is everything where the server is away.
        """
        keep = self._index_of(folder)
        with contextlib.suppress(UnreachableError):
            for index, state in self._indices().items():
                if index != keep and self._owner_of(state) == self._owner and not self._is_read(index):
                    self._drop(index)

    def _fill(self, folder: Path, checkpoint: Checkpoint, batches: Iterable[pl.DataFrame]) -> int:
        checkpoint.write(self._checkpoint)
        written = fill(self._link, checkpoint, batches, self._checkpoint)
        (folder / _NAME).write_text(json.dumps({"index": checkpoint.index}), "utf-8")
        self._checkpoint.unlink()
        return written

    def _prepare(self) -> None:
        body = template(self.settings.prefix, self.settings.shards, self.settings.knn)
        self._patiently(lambda: self._link.client.indices.put_index_template(name=self.alias, **body))

    def _create(self, index: str) -> None:
        """An index of our own, with the template's fields. One that a lost answer left is taken as it is."""
        mark = {"_meta": {"home": self._owner}}
        client = self._link.client.options(ignore_status=400)
        self._patiently(lambda: client.indices.create(index=index, mappings=mark))
        if self._owner_of(self._indices().get(index, {})) != self._owner:
            raise StorageError(f"Elasticsearch did not create the index {index}", "renqun doctor may say why")

    def _refuse_foreign(self) -> None:
        """Another home's indices under our prefix would be shown or removed as ours."""
        shown = [state for state in self._indices().values() if self.alias in state.get("aliases", {})]
        if any(self._owner_of(state) != self._owner for state in shown):
            raise ConflictError(
                f"the alias {self.alias} in Elasticsearch shows another home's people",
                "give each home a name of its own with RENQUN_ES_PREFIX, or delete those indices",
            )

    def _indices(self) -> dict[str, Any]:
        pattern = f"{self.alias}-*"
        return dict(self._patiently(lambda: self._link.client.indices.get(index=pattern)))

    def _exists(self, index: str) -> bool:
        return bool(self._link.call(self._link.client.indices.exists(index=index)))

    def _is_read(self, index: str) -> bool:
        """Whether points in time are open on it. Single questions are done in a moment; one that comes late asks the alias."""
        client = self._link.client.options(ignore_status=404)
        end = time.monotonic() + _SETTLING
        while True:
            stats = self._patiently(lambda: client.indices.stats(index=index, metric="search"))
            if not stats.get("_all", {}).get("total", {}).get("search", {}).get("open_contexts"):
                return False
            if time.monotonic() > end:
                return True
            time.sleep(_SETTLING / 10)

    def _drop(self, index: str) -> None:
        client = self._link.client.options(ignore_status=404)
        self._patiently(lambda: client.indices.delete(index=index))

    def _patiently(self, request: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        return patient(self._link, request)

    def _index_of(self, folder: Path) -> str:
        try:
            return str(json.loads((folder / _NAME).read_text("utf-8"))["index"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotMinedError("the search index is damaged") from error

    @property
    def _link(self) -> Link:
        return link_to(self.settings)

    @property
    def _checkpoint(self) -> Path:
        return self.home.index / "elasticsearch.partial.json"

    @property
    def _owner(self) -> str:
        """A random name of this home, kept with its indices here and there."""
        path = self.home.index / "elasticsearch.owner"
        try:
            return path.read_text("utf-8").strip()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(uuid.uuid4().hex, "utf-8")
            return path.read_text("utf-8").strip()

    @staticmethod
    def _owner_of(state: Mapping[str, Any]) -> str | None:
        owner: str | None = state.get("mappings", {}).get("_meta", {}).get("home")
        return owner

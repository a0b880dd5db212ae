"""Source policies: one entry a source in ``sources.toml`` says what may be collected, on what ground and how fast."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from privacy.errors import BadInputError, NoPolicyError, StorageError
from privacy.free_text import refuse_unreadable
from privacy.home import Home
from privacy.rights import lacking, refusal

MAX_ENTRY = 10_000
RETENTION_DAYS = 365  # where an entry does not say
ALL_FIELDS = ("posts.*", "accounts.*", "edges.*", "keywords.*", "touchpoints.*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ZONES = dict.fromkeys(("weibo", "tieba", "zhihu"), "Asia/Shanghai")  # as these sites show times to everybody
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be collected from one source. Slow by default: one request at a time, one in two seconds.

    ``fields`` lists ``table.column`` or ``table.*``; any other field is dropped before it is written, though the
    columns of a row's key and its provenance are always kept. ``rate`` is requests a second, ``delay`` the seconds
    to start with between two requests. ``indexable_missing`` and ``discoverable_missing`` say how to read a Mastodon
    server that is too old to send these fields. ``timezone`` is how times without a zone are read: by default that of the sites of its kind, or UTC.
    """

    source: str
    base_url: str
    kind: str
    legal_basis: str
    fields: tuple[str, ...]
    licence_url: str = ""
    terms_url: str = ""
    retention_days: int = RETENTION_DAYS
    rate: float = 0.5
    concurrency: int = 1
    delay: float = 2.0
    contact_allowed: bool = False
    robots: Literal["obey"] = "obey"
    indexable_missing: Literal["searchable", "not_searchable"] = "not_searchable"
    discoverable_missing: Literal["listable", "not_listable"] = "not_listable"
    timezone: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", tuple(self.fields))
        object.__setattr__(self, "timezone", self.timezone or _ZONES.get(self.kind, "UTC"))
        wrong = _what_is_wrong(self)
        if wrong:
            raise BadInputError(
                f"The policy entry of source {self.source!r} is refused: {wrong}.", "Mend it in sources.toml."
            )

    @property
    def id(self) -> str:
        """Source and a short hash of the entry: changes when any word of the entry does."""
        entry = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return f"{self.source}-{hashlib.sha256(entry.encode()).hexdigest()[:10]}"

    def keeps(self, table: str, column: str) -> bool:
        """Whether the entry lists this field."""
        return f"{table}.{column}" in self.fields or f"{table}.*" in self.fields


def _what_is_wrong(policy: Policy) -> str:
    """The first fault of an entry, or an empty string."""
    numbers = (policy.retention_days, policy.rate, policy.concurrency)
    unknown = [name for name in policy.fields if not re.fullmatch(r"[a-z]+\.(\*|[a-z_]+)", name)]
    checks = (
        (not _NAME.fullmatch(policy.source), "a source name is letters, digits, '.', '_' and '-'"),
        (not policy.base_url, "it has no base_url"),
        (not policy.kind, "it has no kind"),
        (not (policy.licence_url or policy.terms_url), "it names neither licence_url nor terms_url"),
        (not policy.legal_basis, "it has no legal_basis"),
        (not policy.fields, "it lists no fields, so nothing could be kept"),
        (bool(unknown), f"fields are written table.column or table.*, not {unknown[:1]}"),
        (any(number <= 0 for number in numbers), "retention_days, rate and concurrency must be above 0"),
        (policy.delay < 0, "delay must not be negative"),
        (policy.robots != "obey", "robots can only be 'obey'"),
        (policy.indexable_missing not in ("searchable", "not_searchable"), "indexable_missing is unknown"),
        (policy.discoverable_missing not in ("listable", "not_listable"), "discoverable_missing is unknown"),
    )
    return next((message for bad, message in checks if bad), "")


class Policies:
    """The entries of one ``sources.toml``."""

    def __init__(self, entries: dict[str, Policy], path: str) -> None:
        self._entries = entries
        self._path = path

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def for_source(self, source: str) -> Policy:
        """The entry of this source. Raises NoPolicyError, which shows the entry to add."""
        if source in self._entries:
            return self._entries[source]
        raise self._missing(f"source {source!r}", source, "https://…")

    def for_url(self, url: str) -> Policy:
        """The entry whose ``base_url`` holds this URL (same scheme, host, port; the longest path wins)."""
        asked = _place(url)
        fitting = [
            policy
            for policy in self._entries.values()
            if (place := _place(policy.base_url))[0] == asked[0] and asked[1].startswith(place[1])
        ]
        if fitting:
            return max(fitting, key=lambda policy: len(_place(policy.base_url)[1]))
        parts = urlsplit(url)
        name = re.sub(r"[^A-Za-z0-9]+", "-", parts.netloc).strip("-") or "my-source"
        raise self._missing(url, name, f"{parts.scheme or 'https'}://{parts.netloc or '…'}")

    def _missing(self, what: str, name: str, base_url: str) -> NoPolicyError:
        entry = (
            f"[{_key(name)}]\n"
            f'base_url = "{base_url}"\n'
            'kind = "mastodon"            # mastodon | discourse | keywords …\n'
            'terms_url = "https://…"      # or licence_url\n'
            'legal_basis = "…"            # why you may collect this\n'
            'fields = ["posts.*", "accounts.*", "edges.*"]\n'
            "retention_days = 365\n"
            "rate = 0.5                   # requests a second\n"
        )
        return NoPolicyError(
            f"No policy entry covers {what}, so it is not collected.",
            f"Read the source's terms, then add to {self._path}:\n\n{entry}",
        )


def load_policies(home: Home) -> Policies:
    """Read ``sources.toml``; no file means no entry. Raises BadInputError with the fault."""
    try:
        with home.sources.open("rb") as file:
            table = tomllib.load(file)
    except FileNotFoundError:
        table = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"{home.sources} is not valid TOML: {error}.") from error
    return Policies({name: _policy(home, name, entry) for name, entry in table.items()}, str(home.sources))


def add_policy(home: Home, policy: Policy) -> None:
    """Write or replace one entry, leaving the rest of the file as it was."""
    try:
        text = home.sources.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    load_policies(home)  # refuse to write into a file that can't be read back
    body = [f"{name} = {toml_value(value)}" for name, value in asdict(policy).items() if name != "source"]
    entry = "\n".join([f"[{_key(policy.source)}]", *body]) + "\n"
    rest = _without(text, policy.source).rstrip()
    write_text(home, home.sources, f"{rest}\n\n{entry}" if rest else entry)


def write_text(home: Home, path: os.PathLike[str], text: str) -> None:
    """Replace a small file at once: whoever reads sees the old text or the new one. Raises StorageError."""
    target = os.fspath(path)
    draft = f"{target}.{os.getpid()}.new"
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        with open(draft, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except OSError as error:
        if lacking(Path(target).parent):
            raise refusal(Path(target).parent) from error
        raise StorageError(
            f"{target} can't be written: {error.strerror}.", "Free some space and try again."
        ) from error


def toml_value(value: Any) -> str:
    """A string, number, flag or list of these, as TOML (JSON's escapes are TOML's). Raises BadInputError for what is no text."""
    if isinstance(value, str):
        refuse_unreadable(value, "an entry", MAX_ENTRY)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _policy(home: Home, name: str, entry: Any) -> Policy:
    if not isinstance(entry, dict):
        raise BadInputError(f"{home.sources}: {name!r} must be a table, written [{name}].")
    known = {field.name for field in fields(Policy)} - {"source"}
    if extra := sorted(set(entry) - known):
        raise BadInputError(f"{home.sources}: [{name}] has an unknown key {extra[0]!r}.")
    if missing := sorted({"base_url", "kind", "legal_basis", "fields"} - set(entry)):
        raise BadInputError(f"{home.sources}: [{name}] lacks {', '.join(missing)}.")
    try:
        return Policy(source=name, **entry)
    except TypeError as error:
        raise BadInputError(f"{home.sources}: [{name}] has a value of a wrong type ({error}).") from error


def _place(url: str) -> tuple[tuple[str, str, int | None], str]:
    """What two URLs must share, and the path as a folder."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    scheme = parts.scheme.lower()
    path = parts.path if parts.path.endswith("/") else parts.path + "/"
    return (scheme, (parts.hostname or "").lower(), port or _PORTS.get(scheme)), path


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _without(text: str, source: str) -> str:
    """The file's text without one entry."""
    heads = {f"[{source}]", f"[{json.dumps(source)}]"}
    kept, skipping = [], False
    for line in text.splitlines():
        bare = line.split("#")[0].strip()
        if bare.startswith("[") and bare.endswith("]") and "=" not in bare:
            skipping = bare in heads
        if not skipping:
            kept.append(line)
    return "\n".join(kept)

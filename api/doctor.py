"""What is installed, where data lies, what is stale: reads only, and never fails on a broken home."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

from lake.schemas import TABLES
from privacy.errors import RenqunError, StorageError
from privacy.home import Home
from privacy.rights import REFUSED, lacking, remedy, told

Level = Literal["ok", "note", "warn", "bad"]
PARTS = ("api", "audience", "crawlers", "graph", "lake", "mining", "nlp", "privacy", "sandbox")
LIBRARIES = (
    "scrapy", "deltalake", "polars", "pyarrow", "jieba", "rjieba", "opencc", "gensim", "scikit-learn", "networkx",
    "networkit", "tantivy", "fastapi", "uvicorn", "pydantic", "sqlalchemy", "typer", "rich",
)  # fmt: skip
LOW_DISK = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: how it stands, and what to do where it doesn't stand well."""

    what: str
    level: Level
    says: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class TableState:
    """One table of the lake: its Delta version, rows (None: unreadable or not counted) and bytes on disk."""

    name: str
    version: int | None
    rows: int | None
    bytes: int


@dataclass(slots=True)
class Diagnosis:
    """Everything that doctor found."""

    home: str
    python: str
    libraries: dict[str, str | None] = field(default_factory=dict)
    tables: list[TableState] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether nothing is bad."""
        return all(finding.level != "bad" for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """The diagnosis as plain data."""
        return asdict(self) | {"well": self.well}


def diagnose(home: Home) -> Diagnosis:
    """Look at everything; a check that itself fails becomes a finding."""
    found = Diagnosis(str(home.root), platform.python_version(), libraries=_libraries())
    checks: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
        ("python", _python),
        ("libraries", lambda: _missing(found.libraries)),
        ("packages", _packages),
        ("home", lambda: _home(home)),
        ("sources", lambda: _sources(home)),
        ("brands", lambda: _brands(home)),
        ("vault", lambda: _vault(home)),
        ("tables", lambda: _tables(home, found)),
        ("mine", lambda: _mine(home)),
        ("index", lambda: _index(home)),
        ("keys", lambda: _keys(home)),
        ("elasticsearch", _elasticsearch),
    )
    for name, check in checks:
        try:
            found.findings += check()
        except Exception as error:  # a doctor who faints is no help
            text = " ".join(str(error).split())[:200]
            do = error.hint if isinstance(error, RenqunError) else ""
            found.findings.append(
                Finding(name, "bad", f"can't be checked: {text or type(error).__name__}", do)
            )
    return found


def _libraries() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _python() -> list[Finding]:
    ok = (3, 11) <= sys.version_info[:2] < (3, 14)
    says = f"{platform.python_implementation()} {platform.python_version()} at {sys.executable}"
    return [Finding("python", "ok" if ok else "bad", says, "" if ok else "use Python 3.11, 3.12 or 3.13")]


def _missing(libraries: dict[str, str | None]) -> list[Finding]:
    gone = [name for name, found in libraries.items() if found is None]
    if gone:
        return [Finding("libraries", "bad", f"missing: {', '.join(gone)}", "make setup")]
    return [Finding("libraries", "ok", f"all {len(libraries)} found")]


def _packages() -> list[Finding]:
    """Our folder names are common words: another package of that name earlier on the path would take their place."""
    checkout = Path(__file__).resolve().parents[1]
    foreign = []
    for part in PARTS:
        spec = importlib.util.find_spec(part)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != checkout:
            foreign.append(f"{part} ({origin or 'not found'})")
    if foreign:
        return [
            Finding(
                "packages", "bad", f"shadowed by another package: {', '.join(foreign)}", "make clean setup"
            )
        ]
    return [Finding("packages", "ok", f"all of {checkout}")]


def _home(home: Home) -> list[Finding]:
    if not home.root.exists():
        return [
            Finding("home", "note", f"{home.root} does not exist yet", "renqun demo, or renqun sources add")
        ]
    if not home.root.is_dir():
        return [Finding("home", "bad", f"{home.root} is no folder", "choose another: --home DIR")]
    if path := lacking(home.root, home.state, home.lake, home.index):
        return [Finding("home", "bad", f"{told(path)}: {REFUSED}", remedy(path))]
    free = shutil.disk_usage(home.root).free
    says = f"{home.root}: {size(_bytes_below(home.root))} used, {size(free)} free"
    if free < LOW_DISK:
        return [Finding("home", "warn", says, "free some space before the next crawl")]
    return [Finding("home", "ok", says)]


def _sources(home: Home) -> list[Finding]:
    from privacy.policies import load_policies

    policies = list(load_policies(home))
    if not policies:
        return [
            Finding("sources", "note", "no policy entry: nothing can be crawled", "renqun sources add NAME")
        ]
    return [Finding("sources", "ok", ", ".join(policy.source for policy in policies))]


def _brands(home: Home) -> list[Finding]:
    from privacy.brands import load_brands

    brands = load_brands(home)
    if not brands:
        return [
            Finding(
                "brands", "note", "none tracked: follows: and overlap need some", "renqun brands add NAME"
            )
        ]
    return [Finding("brands", "ok", ", ".join(f"{brand.name} ({brand.role})" for brand in brands))]


def _vault(home: Home) -> list[Finding]:
    if not home.vault.exists():
        return [Finding("vault", "note", "none yet")]
    loose = [
        f"{path.name} is {mode:03o}"
        for path, most in ((home.vault, 0o700), (home.key_file, 0o600))
        if path.exists() and (mode := path.stat().st_mode & 0o777) & ~most
    ]
    if loose:
        do = f"chmod 700 {home.vault}; chmod 600 {home.key_file}"
        return [Finding("vault", "bad", f"others may read it: {', '.join(loose)}", do)]
    if not home.key_file.exists():
        return [
            Finding("vault", "bad", "the pseudonym key is gone", "restore it from a backup: ids depend on it")
        ]
    return [Finding("vault", "ok", "private to this user; keep a backup of its key")]


def _tables(home: Home, found: Diagnosis) -> list[Finding]:
    from lake.store import Lake

    lake = Lake(home)
    findings: list[Finding] = []
    state: Finding | None = None
    for name in TABLES:
        number = lake.version(name)
        if number is None:
            continue
        rows: int | None = None
        try:
            rows = lake.read(name, columns=list(TABLES[name].key)).height
        except StorageError as error:  # of the state, which says who is withheld: the table may be whole
            state = Finding("state", "bad", str(error), error.hint)
        except Exception as error:
            text = " ".join(str(error).split())[:160]
            findings.append(Finding(f"table {name}", "bad", text, "restore it from a backup"))
        found.tables.append(TableState(name, number, rows, _bytes_below(lake.path(name))))
    if state is not None:
        findings.append(state)
    if not found.tables:
        findings.append(
            Finding("tables", "note", "the lake is empty", "renqun crawl, renqun import or renqun demo")
        )
    return findings


def _mine(home: Home) -> list[Finding]:
    from lake.store import Lake
    from mining.fresh import stale_because
    from mining.state import load_state

    if not Lake(home).exists("posts"):
        return []
    state = load_state(home)
    if state is None:
        return [Finding("mine", "warn", "never run", "renqun mine")]
    changed = stale_because(home, state)
    if changed:
        return [Finding("mine", "warn", f"behind: {', '.join(changed)} changed since", "renqun mine")]
    return [Finding("mine", "ok", f"up to date, as of {state.as_of_time:%Y-%m-%d %H:%M} UTC")]


def _index(home: Home) -> list[Finding]:
    from audience.engines.stores import store_of
    from audience.errors import NotMinedError
    from audience.index.opened import is_stale, open_index
    from lake.store import Lake

    if not Lake(home).exists("profiles"):
        return []
    store = store_of(home)
    if not store.is_reachable():
        return [Finding("index", "warn", f"not looked at: {store.name} can't be asked")]
    try:
        people = open_index(home).meta.persons
    except NotMinedError as error:
        return [Finding("index", "warn", str(error), error.hint.removeprefix("run: "))]
    if is_stale(home):
        return [Finding("index", "warn", f"{people:,} people, older than the profiles", "renqun mine")]
    return [Finding("index", "ok", f"{people:,} people, up to date")]


def _keys(home: Home) -> list[Finding]:
    if not home.state.exists():
        return []
    from api.keys import keys_in_force

    number = keys_in_force(home)
    says = f"{number} in force" if number else "none: the API answers this machine only, as planner"
    return [Finding("API keys", "ok", says)]


def _elasticsearch() -> list[Finding]:
    from api.doctor_elasticsearch import elasticsearch_findings

    return elasticsearch_findings()


def _bytes_below(folder: Path) -> int:
    total = 0
    for base, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(base, name)).st_size
            except OSError:
                continue
    return total


def size(number: int) -> str:
    """Bytes as people read them."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"

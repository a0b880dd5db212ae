"""The one loop of every import: read part by part, through the gate, into the lake, onto the run's row."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from crawlers.importers import links
from crawlers.importers.base import Importer, Options, Part
from crawlers.importers.blocks import what_it_is
from crawlers.importers.folders import FolderImporter, files_below
from crawlers.importers.registry import FORMATS, IMPORTERS
from crawlers.importers.sink import Sink
from crawlers.importers.strangers import Strangers
from crawlers.interrupted import close_interrupted
from crawlers.report import RunReport, counted
from crawlers.snapshots import Snapshots
from lake import upkeep
from lake.ahead import handing_over_soon, read_ahead
from lake.frames import RawFrames
from lake.gate import CleanRows, Gate, Prepared
from lake.locks import Claim, lock_folder
from lake.raw import RawRows
from lake.runs import RunLog
from lake.store import Lake
from privacy.errors import BadInputError, NoPolicyError, RenqunError
from privacy.home import Home
from privacy.policies import Policy, add_policy, load_policies

Progress = Callable[[int], None]
_RUN_SECONDS = 5.0


def import_files(
    home: Home,
    paths: Sequence[Path],
    format: str | None = None,
    options: Options | None = None,
    on_progress: Progress = lambda rows: None,
) -> list[RunReport]:
    """Import files and folders, those of one format as one run; without a ``format`` each is told by its content.

    Importing again adds nothing: the same rows have the same keys. ``on_progress`` gets the run's rows so far. Raises
    BadInputError where a path can't be read at all; refused rows are kept whole in the vault and counted by reason in
    ``RunReport.rejected``.
    """
    options = options or Options()
    by_source: dict[tuple[str, str], tuple[Importer | None, list[Path]]] = {}
    for path in paths:
        for name in formats_of(path, format):
            for importer in IMPORTERS[name].split(path) if name in IMPORTERS else (None,):
                key = (name, importer.kind if importer else "")
                by_source.setdefault(key, (importer, []))[1].append(path)
    if options.source is not None and len(kinds := {kind for _, kind in by_source if kind}) > 1:
        raise BadInputError(
            f"The files are of {', '.join(sorted(kinds))}: one --source can't be all of them.",
            "Leave --source out where each has one policy entry, or import them one by one.",
        )
    folders = [importer for importer, _ in by_source.values() if isinstance(importer, FolderImporter)]
    runs = [
        _Run(home, name, importer, own, options, format is None, folders)
        for (name, _), (importer, own) in by_source.items()
    ]
    return [run.load(on_progress) for run in runs]


class _Run:
    """One run: all the files of one format and one source; links have no importer.

    ``folders``: importers of this import's runs that may read what this one leaves aside.
    """

    def __init__(
        self,
        home: Home,
        name: str,
        importer: Importer | None,
        paths: Sequence[Path],
        options: Options,
        guessed: bool,
        folders: Sequence[FolderImporter],
    ) -> None:
        self._home, self._name, self._importer, self._paths = home, name, importer, paths
        self._policy, said = (
            policy_for(home, importer, options) if importer else (links.policy_of(home, paths[0]), "")
        )
        if importer and self._policy is importer.policy:
            add_policy(home, self._policy)
            said = f"Added the policy entry [{self._policy.source}]: {self._policy.legal_basis} ({self._policy.licence_url})"
        zone = options.timezone or self._policy.timezone
        self._options = replace(options, timezone=zone, base_url=self._policy.base_url.rstrip("/"))
        self._said = [f"Read as {name}." if guessed else "", said]
        self._id = f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self._lake = Lake(home)
        self._log = RunLog(self._lake, self._id, "import", name, self._policy)
        self._sources: Counter[str] = Counter()  # of links, which may be of several
        self._reasons: Counter[str] = Counter()
        self._broke_off: list[str] = []
        self._skipped: list[str] = []
        self._written: set[str] = set()
        self._folders = folders

    def load(self, on_progress: Progress) -> RunReport:
        """Read everything and write how it went, also where it fails. Raises ConflictError where another one runs."""
        source = self._policy.source
        lock = lock_folder(self._home) / f"import-{self._name}-{source}.lock"
        claim = Claim(lock, f"importing {self._name} files of {source} into this home already")
        try:
            close_interrupted(self._lake, "import", self._name, source, self._id)
            return self._load(on_progress)
        finally:
            claim.release()

    def _load(self, on_progress: Progress) -> RunReport:
        began = time.monotonic()
        self._log.write()
        try:
            if self._importer is None:
                self._load_links(on_progress)
            else:
                self._load_frames(self._importer, on_progress)
            counts = self._log.counts()
            withheld = self._log.withheld()
            status, message = _verdict(counts, self._reasons, withheld, self._broke_off)
            message = self._log.write(status, " ".join(filter(None, [message, _by_source(self._sources)])))
            for name in self._written:
                upkeep.tidy(self._home, name, self._policy.source)
        except BaseException as error:
            self._write_failure(error)
            raise
        message = " ".join(
            filter(
                None,
                [*self._said, message, *(f"{said}." for said in self._broke_off), _skipped(self._skipped)],
            )
        )
        seconds = round(time.monotonic() - began, 2)
        source, reasons = self._policy.source, dict(self._reasons)
        return RunReport(self._id, self._name, source, status, message, counts, seconds, reasons, withheld)

    def _load_frames(self, importer: Importer, on_progress: Progress) -> None:
        gate = Gate(self._home, self._policy, self._id)
        snapshots = Snapshots(self._policy, importer.name)
        strangers = Strangers(self._lake, self._policy.source)

        def note(clean: CleanRows) -> None:
            self._reasons.update(clean.refused)
            self._log.note(clean)
            self._log.write_if_older(_RUN_SECONDS)
            on_progress(self._log.counts()["rows"])

        def keep_strangers() -> None:
            if (new := strangers.new()) is not None:
                sink.take(gate.admit_frames(RawFrames(accounts=new)))

        with handing_over_soon(), Sink(self._lake, note) as sink:
            for path in self._paths:
                read = read_ahead(importer.read(path, self._options))
                for part, batch, glimpses in read_ahead(_prepared(gate, read)):
                    clean = gate.admit(batch) if isinstance(batch, RawRows) else gate.admit_prepared(batch)
                    sink.take(clean)
                    strangers.know(clean)
                    if glimpses is not None:
                        strangers.meet(glimpses)
                        if strangers.enough():
                            keep_strangers()
                    self._broke_off += [part.broke_off] if part.broke_off else []
                    self._said += [part.said] if part.said not in self._said else []
                    self._skipped += [name for name in part.skipped if not self._is_read(path / name)]
                    if (
                        importer.snapshots
                        and isinstance(part.rows, RawFrames)
                        and part.rows.keywords is not None
                    ):
                        snapshots.see(part.rows.keywords)
            keep_strangers()
        self._written |= sink.written
        snapshots.write(self._lake)

    def _is_read(self, file: Path) -> bool:
        """Whether another run of this import reads the file."""
        return any(importer.kind_of(file) is not None for importer in self._folders)

    def _load_links(self, on_progress: Progress) -> None:
        for path in self._paths:
            sources, reasons, broke_off = links.load(
                self._home, self._policy, path, self._id, self._log, on_progress
            )
            self._sources += sources
            self._reasons += reasons
            self._broke_off += [broke_off] if broke_off else []
        self._written.add("links")

    def _write_failure(self, error: BaseException) -> None:
        """Say in the run's row why it ended, unless that can't be written either."""
        try:
            self._log.write("failed", str(error) or type(error).__name__)
        except RenqunError:
            return


def _prepared(
    gate: Gate, parts: Iterable[Part]
) -> Iterator[tuple[Part, RawRows | Prepared, pl.DataFrame | None]]:
    """Each part with its rows as the gate takes them and its glimpses with their ids: made beside the thread that reads."""
    for part in parts:
        glimpses = part.glimpses
        if glimpses is not None:
            glimpses = glimpses.with_columns(gate.names.account_ids(glimpses["native_id"]).alias("id"))
        yield part, part.rows if isinstance(part.rows, RawRows) else gate.prepared(part.rows), glimpses


def formats_of(path: Path, given: str | None) -> list[str]:
    """The format that is given, or told by the content: of a folder, all formats of which it holds files.

    Raises BadInputError where none is known.
    """
    first = format_of(path, given)
    if given is not None or not path.is_dir() or not isinstance(IMPORTERS.get(first), FolderImporter):
        return [first]
    names, left = list[str](), list(files_below(path))
    for name, importer in IMPORTERS.items():
        if isinstance(importer, FolderImporter):
            others = [file for file in left if importer.kind_of(file) is None]
            names += [name] if len(others) < len(left) else []
            left = others
    return names


def format_of(path: Path, given: str | None) -> str:
    """The format that is given, or told by the content. Raises BadInputError where neither is known."""
    if not path.exists():
        raise BadInputError(f"{path} does not exist.")
    if given is not None:
        if given not in FORMATS:
            raise BadInputError(f"The format {given!r} is unknown.", f"Known are {', '.join(FORMATS)}.")
        return given
    for name, importer in IMPORTERS.items():
        if importer.recognises(path):
            return name
    if links.recognises(path):
        return links.FORMAT
    what = what_it_is(path)
    said = f"The format of {path} can't be told{': ' if what else ''}{what}."
    raise BadInputError(
        said,
        f"Name it, one of {', '.join(FORMATS)}. Any CSV, JSONL or Parquet: renqun import table {path} --as posts --source NAME",
    )


def policy_for(home: Home, importer: Importer, options: Options) -> tuple[Policy, str]:
    """The policy entry to import under, and what is to be said of it.

    That is the named source's; else the one that a published archive brings along, which may not be written down yet
    (then it is the importer's own object); else the only entry whose kind is the importer's. Raises NoPolicyError.
    """
    policies = load_policies(home)
    own = importer.policy
    if options.source is not None:
        return policies.for_source(options.source), ""
    if own is None:
        kind = importer.kind or importer.name
        fitting = [policy for policy in policies if policy.kind == kind]
        if len(fitting) == 1:
            return fitting[0], f"Under the policy entry of {fitting[0].source}."
        if not fitting:
            hint = f"read the source's terms, then: renqun sources add NAME --kind {kind} --help"
            if others := [policy.source for policy in policies]:
                hint = f"Say whose rows these are, --source {' or '.join(others)}; if of none of them, {hint}"
            raise NoPolicyError(f"No policy entry has the kind {kind}.", hint)
        names = " or ".join(policy.source for policy in fitting)
        raise NoPolicyError(
            f"Several policy entries have the kind {kind}.",
            f"Say which source this is from: --source {names}.",
        )
    try:
        return policies.for_source(own.source), ""
    except NoPolicyError:
        return own, ""


def _skipped(files: Sequence[str]) -> str:
    """What of a folder was left aside."""
    if not files:
        return ""
    shown = ", ".join(files[:3]) + (", …" if len(files) > 3 else "")
    return f"Skipped {counted(len(files), 'file')} of no known kind: {shown}."


def _by_source(sources: Counter[str]) -> str:
    """Whose accounts were linked, where they are of more than one source."""
    if len(sources) < 2:
        return ""
    return f"Accounts of {', '.join(f'{source}: {count:,}' for source, count in sources.most_common())}."


def _verdict(
    counts: dict[str, int], reasons: Counter[str], withheld: Mapping[str, int], broke_off: Sequence[str]
) -> tuple[str, str]:
    said = f"{counted(counts['rows'], 'row')} imported, {counts['rejected']:,} rejected{_mostly(reasons)}"
    if withheld:
        said += f", {sum(withheld.values()):,} withheld{_mostly(Counter(withheld))}"
    if broke_off:  # their names stand in the report alone: files are named after people
        files = "a file breaks" if len(broke_off) == 1 else f"{len(broke_off)} files break"
        return "truncated", f"{said}; {files} off early."
    return ("ok" if counts["rows"] else "empty"), f"{said}."


def _mostly(reasons: Counter[str]) -> str:
    """The most frequent reason."""
    return "".join(f" ({often:,} of them: {most})" for most, often in reasons.most_common(1))

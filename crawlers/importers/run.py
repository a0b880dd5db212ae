"""The one loop of every import: read part by part, through the gate, into the lake, onto the run's row."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from crawlers.importers import links
from crawlers.importers.base import Importer, Options
from crawlers.importers.registry import FORMATS, IMPORTERS
from crawlers.importers.sink import Sink, read_ahead
from crawlers.importers.snapshots import Snapshots
from crawlers.report import RunReport
from lake.gate import CleanRows, Gate
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
    by_format: dict[str, list[Path]] = {}
    for path in paths:
        by_format.setdefault(_format(path, format), []).append(path)
    options = options or Options()
    return [
        _Run(home, name, own, options, format is None).load(on_progress) for name, own in by_format.items()
    ]


class _Run:
    """One run: all the files of one format."""

    def __init__(self, home: Home, name: str, paths: Sequence[Path], options: Options, guessed: bool) -> None:
        self._home, self._name, self._paths = home, name, paths
        self._policy, said = _policy(home, name, paths, options)
        self._options = replace(options, timezone=options.timezone or self._policy.timezone)
        self._said = [f"Read as {name}." if guessed else "", said]
        self._id = f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self._lake = Lake(home)
        self._log = RunLog(self._lake, self._id, "import", name, self._policy)
        self._reasons: Counter[str] = Counter()
        self._broke_off: list[str] = []
        self._written: set[str] = set()

    def load(self, on_progress: Progress) -> RunReport:
        """Read everything and write how it went, also where it fails."""
        began = time.monotonic()
        self._log.write()
        try:
            if self._name == links.FORMAT:
                self._load_links(on_progress)
            else:
                self._load_frames(IMPORTERS[self._name], on_progress)
            counts = self._log.counts()
            status, message = _verdict(counts, self._reasons, self._broke_off)
            message = self._log.write(status, message)
            for name in self._written:
                self._lake.tidy(name, self._policy.source)
        except BaseException as error:
            self._write_failure(error)
            raise
        message = " ".join(filter(None, [*self._said, message]))
        seconds = round(time.monotonic() - began, 2)
        source, reasons = self._policy.source, dict(self._reasons)
        return RunReport(self._id, self._name, source, status, message, counts, seconds, reasons)

    def _load_frames(self, importer: Importer, on_progress: Progress) -> None:
        gate = Gate(self._home, self._policy, self._id)
        snapshots = Snapshots(self._policy, importer.name)

        def note(clean: CleanRows) -> None:
            self._reasons.update(clean.refused)
            self._log.note(clean)
            self._log.write_if_older(_RUN_SECONDS)
            on_progress(self._log.counts()["rows"])

        with Sink(self._lake, note) as sink:
            for path in self._paths:
                for part in read_ahead(importer.read(path, self._options)):
                    sink.take(gate.admit_frames(part.rows))
                    self._broke_off += [part.broke_off] if part.broke_off else []
                    if importer.snapshots and part.rows.keywords is not None:
                        snapshots.see(part.rows.keywords)
        self._written |= sink.written
        snapshots.write(self._lake)

    def _load_links(self, on_progress: Progress) -> None:
        for path in self._paths:
            reasons, broke_off = links.load(self._home, self._policy, path, self._id, self._log, on_progress)
            self._reasons += reasons
            self._broke_off += [broke_off] if broke_off else []
        self._written.add("links")

    def _write_failure(self, error: BaseException) -> None:
        """Say in the run's row why it ended, unless that can't be written either."""
        try:
            self._log.write("failed", str(error) or type(error).__name__)
        except RenqunError:
            return


def _format(path: Path, given: str | None) -> str:
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
    raise BadInputError(f"The format of {path} can't be told.", f"Name it: {', '.join(FORMATS)}.")


def _policy(home: Home, name: str, paths: Sequence[Path], options: Options) -> tuple[Policy, str]:
    """The policy entry to import under, and what is to be said of it.

    That is the named source's; else the one that a published archive brings along, which is written down; else the
    only entry whose kind is the format.
    """
    if name == links.FORMAT:
        return links.policy_of(home, paths[0]), ""
    policies = load_policies(home)
    own = IMPORTERS[name].policy
    if options.source is not None:
        return policies.for_source(options.source), ""
    if own is None:
        fitting = [policy for policy in policies if policy.kind == name]
        if len(fitting) == 1:
            return fitting[0], f"Under the policy entry of {fitting[0].source}."
        names = ", ".join(policy.source for policy in fitting)
        raise NoPolicyError(
            f"{'Several policy entries have' if fitting else 'No policy entry has'} the kind {name}.",
            f"Say which source this is from: --source {names or 'NAME'} (renqun sources add NAME --kind {name} …).",
        )
    try:
        return policies.for_source(own.source), ""
    except NoPolicyError:
        add_policy(home, own)
        return own, f"Added the policy entry [{own.source}]: {own.legal_basis} ({own.licence_url})"


def _verdict(counts: dict[str, int], reasons: Counter[str], broke_off: Sequence[str]) -> tuple[str, str]:
    said = f"{counts['rows']} rows imported, {counts['rejected']} rejected"
    if reasons:
        most, often = reasons.most_common(1)[0]
        said += f" (most often, {often} times: {most})"
    if broke_off:
        return "truncated", f"{said}; {'; '.join(broke_off)}."
    return ("ok" if counts["rows"] else "empty"), f"{said}."

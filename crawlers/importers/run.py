"""Importing a file or folder: find its format, its policy entry, read it through the gate, write the run's row."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crawlers.importers import links, weibo_hot
from crawlers.report import RunReport
from lake.runs import RunLog
from lake.store import Lake
from privacy.errors import BadInputError, NoPolicyError, RenqunError
from privacy.home import Home
from privacy.policies import Policy, add_policy, load_policies

FORMATS = (weibo_hot.FORMAT, links.FORMAT)


def import_files(
    home: Home,
    path: Path,
    format: str | None = None,
    on_progress: Callable[[int], None] = lambda rows: None,
) -> RunReport:
    """Import ``path``; without a ``format`` it is told from the content, and the report's message says which it was.

    ``on_progress`` gets the rows so far. Raises BadInputError where the file can't be read at all; refused rows are
    kept whole in the vault and counted by reason in ``RunReport.rejected``.
    """
    began = time.monotonic()
    name = _format(path, format)
    policy, said = _policy(home, name, path)
    run_id = f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    lake = Lake(home)
    log = RunLog(lake, run_id, "import", name, policy)
    log.write()
    load = weibo_hot.load if name == weibo_hot.FORMAT else links.load
    try:
        reasons, broke_off = load(home, policy, path, run_id, log, on_progress)
        for table in ("keywords",) if name == weibo_hot.FORMAT else ("links",):
            lake.compact(table)
    except BaseException as error:
        _write_failure(log, error)
        raise
    counts = log.counts()
    status, message = _verdict(counts, reasons, broke_off)
    log.write(status, message)
    words = [f"Read as {name}." if format is None else "", said, message]
    seconds = round(time.monotonic() - began, 2)
    message = " ".join(filter(None, words))
    return RunReport(run_id, name, policy.source, status, message, counts, seconds, dict(reasons))


def _format(path: Path, given: str | None) -> str:
    if not path.exists():
        raise BadInputError(f"{path} does not exist.")
    if given is not None:
        if given not in FORMATS:
            raise BadInputError(f"The format {given!r} is unknown.", f"Known are {', '.join(FORMATS)}.")
        return given
    if weibo_hot.recognises(path):
        return weibo_hot.FORMAT
    if links.recognises(path):
        return links.FORMAT
    raise BadInputError(f"The format of {path} can't be told.", f"Name it: {', '.join(FORMATS)}.")


def _policy(home: Home, name: str, path: Path) -> tuple[Policy, str]:
    """The policy entry to import under; the published archive brings its own, which is written and said."""
    if name == links.FORMAT:
        return links.policy_of(home, path), ""
    default = weibo_hot.DEFAULT_POLICY
    try:
        return load_policies(home).for_source(default.source), ""
    except NoPolicyError:
        add_policy(home, default)
        return (
            default,
            f"Added the policy entry [{default.source}]: {default.legal_basis} ({default.licence_url})",
        )


def _verdict(counts: dict[str, int], reasons: Counter[str], broke_off: str) -> tuple[str, str]:
    said = f"{counts['rows']} rows imported, {counts['rejected']} rejected"
    if reasons:
        most, often = reasons.most_common(1)[0]
        said += f" (most often, {often} times: {most})"
    if broke_off:
        return "truncated", f"{said}; {broke_off}."
    return ("ok" if counts["rows"] else "empty"), f"{said}."


def _write_failure(log: RunLog, error: BaseException) -> None:
    """Say in the run's row why it ended, unless that can't be written either."""
    try:
        log.write("failed", str(error) or type(error).__name__)
    except RenqunError:
        return

"""Whose follow lists a spider reads: the ``follows`` parameter, and the accounts of brands.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crawlers.job_state import Job
from privacy.brands import load_brands
from privacy.errors import BadInputError

_FOLLOWS = ("seen", "authors", "none")


def follows_of(options: Mapping[str, str]) -> str:
    """The ``follows`` parameter: ``seen`` (the default), ``authors`` or ``none``. Raises BadInputError."""
    follows = options.get("follows", "seen")
    if follows not in _FOLLOWS:
        raise BadInputError(f"follows={follows} is unknown.", f"Take one of {', '.join(_FOLLOWS)}.")
    return follows


def tracked_accounts(job: Job) -> Iterator[str]:
    """The tracked accounts of the job's source: ``#native_id``, or a handle."""
    for brand in load_brands(job.home):
        for account in brand.accounts:
            source, _, name = account.partition(":")
            if source == job.policy.source:
                yield name

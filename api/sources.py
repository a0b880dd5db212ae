"""The sources as answers: the policy of each, what its robots.txt said, how its last run went, and what to mend."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from api.collected import RunRow, last_run_of_each_source
from crawlers.registry import spider_of
from privacy.errors import RenqunError
from privacy.home import Home
from privacy.hosts import is_loopback
from privacy.policies import Policy, load_policies

if TYPE_CHECKING:
    from crawlers.report import SourceCheck

_SHORT = 10  # characters


class RobotsRow(BaseModel):
    """What a source's host answered for its robots.txt, and when."""

    asked_at: datetime
    says: str = Field(examples=["allows"], description="allows, disallows, or why it could not be read")
    crawl_delay: float = Field(0, description="seconds between two requests")


class SourceRow(BaseModel):
    """One policy entry, with what is known of its source."""

    source: str
    id: str = Field(description="changes when any word of the entry does")
    base_url: str
    kind: str = Field(examples=["mastodon"])
    legal_basis: str
    terms_url: str
    licence_url: str
    fields: list[str]
    retention_days: int
    rate: float = Field(description="requests a second")
    concurrency: int
    delay: float
    contact_allowed: bool
    robots: str = Field(examples=["obey"])
    robots_txt: RobotsRow | None = Field(
        None, description="of the base URL; none where it was never asked for"
    )
    last_run: RunRow | None = None


class AddressRow(BaseModel):
    """Whether one of the addresses that a crawl begins with may be fetched."""

    url: str
    allowed: bool
    why_not: str | None = None


class SourceAnswer(BaseModel):
    """What a crawl of one source may do, and what to mend before it."""

    source: str
    kind: str
    base_url: str
    terms_url: str
    licence_url: str
    legal_basis: str
    retention_days: int
    note: str = ""
    addresses: list[AddressRow] = Field(description="where the spider begins")
    crawl_delay: float = Field(description="seconds, from robots.txt")
    seconds_between: float = Field(description="the pace that results of the entry and robots.txt")
    concurrency: int
    last_run: RunRow | None
    mend: list[str] = Field(description="what to do before the next crawl; empty where nothing is amiss")


def sources_of(home: Home) -> list[SourceRow]:
    """Every policy entry, in the order of the file. Asks nobody."""
    latest = last_run_of_each_source(home)
    return [_row(home, policy, latest.get(policy.source)) for policy in load_policies(home)]


def check(home: Home, source: str) -> SourceAnswer:
    """Ask the source's robots.txt now. Raises NoPolicyError, and the check's own refusals."""
    from crawlers.run import check as run_check

    return _answer(home, load_policies(home).for_source(source), run_check(home, source))


def check_all(home: Home) -> list[SourceAnswer]:
    """Ask all sources. One that can't be asked says why beside the others."""
    return [_checked(home, policy) for policy in load_policies(home)]


def _checked(home: Home, policy: Policy) -> SourceAnswer:
    from crawlers.report import SourceCheck

    try:
        return check(home, policy.source)
    except RenqunError as error:
        seconds, note = max(policy.delay, 1 / policy.rate), f"not asked: {error.message}"
        found = SourceCheck(policy.source, policy.kind, seconds, policy.concurrency, note=note)
        return _answer(home, policy, found)


def _answer(home: Home, policy: Policy, found: SourceCheck) -> SourceAnswer:
    source, last = policy.source, last_run_of_each_source(home).get(policy.source)
    return SourceAnswer(
        source=source,
        kind=policy.kind,
        base_url=policy.base_url,
        terms_url=policy.terms_url,
        licence_url=policy.licence_url,
        legal_basis=policy.legal_basis,
        retention_days=policy.retention_days,
        note=found.note,
        addresses=[
            AddressRow(url=one.url, allowed=not one.why_not, why_not=one.why_not) for one in found.addresses
        ],
        crawl_delay=found.crawl_delay,
        seconds_between=found.seconds,
        concurrency=found.concurrency,
        last_run=last,
        mend=[*_in_the_entry(policy), *_at_the_source(policy, found), *_in_the_last_run(policy, last)],
    )


def _row(home: Home, policy: Policy, last: RunRow | None) -> SourceRow:
    told = {name: value for name, value in asdict(policy).items() if name in SourceRow.model_fields}
    return SourceRow(**{**told, "id": policy.id, "robots_txt": _robots(home, policy), "last_run": last})


def _robots(home: Home, policy: Policy) -> RobotsRow | None:
    """What is kept of the answer for the base URL."""
    if spider_of(policy.kind) is None:
        return None
    from crawlers.protocols.page import AGENT
    from crawlers.robots_store import kept, origin_of

    answer = kept(home, origin_of(policy.base_url))
    if answer is None:
        return None
    rules = answer.rules(AGENT)
    why_not = rules.why_not(policy.base_url)
    says = rules.unreadable or ("disallows" if why_not else "allows")
    return RobotsRow(asked_at=answer.asked_at, says=says, crawl_delay=rules.crawl_delay)


def _in_the_entry(policy: Policy) -> list[str]:
    """What the policy entry leaves open."""
    said = []
    fetched = spider_of(policy.kind) is not None
    parts = urlsplit(policy.base_url)
    local = is_loopback(parts.hostname or "")
    if fetched and not policy.terms_url:
        said.append("The entry names no terms_url: read the source's terms and name them.")
    if len(policy.legal_basis.strip(" .…")) < _SHORT:
        said.append("The legal_basis says hardly anything: say why you may collect this, and for what.")
    if fetched and parts.scheme != "https" and not local:
        said.append("The base_url is not https: what you fetch can be read and changed on the way.")
    if fetched and not local and not os.environ.get("RENQUN_CONTACT"):
        said.append("RENQUN_CONTACT is not set: the source's operator could not reach you.")
    return said


def _at_the_source(policy: Policy, found: SourceCheck) -> list[str]:
    """What robots.txt stands against."""
    said = []
    refused = [one for one in found.addresses if one.why_not]
    if found.unreachable:
        said.append(
            "robots.txt could not be read, so nothing may be fetched: try again later, or ask the operator."
        )
    elif refused:
        said.append(
            f"robots.txt disallows {len(refused)} of the {len(found.addresses)} addresses that a crawl begins with: "
            "ask the operator, or leave this source."
        )
    if found.crawl_delay > 1 / policy.rate:
        said.append(
            f"Its Crawl-delay of {found.crawl_delay:g} s is slower than the entry's rate; it is kept to."
        )
    return said


def _in_the_last_run(policy: Policy, last: RunRow | None) -> list[str]:
    if last is None:
        spider = spider_of(policy.kind)
        begin = f"renqun crawl {spider} --source {policy.source}" if spider else "renqun import PATH"
        return [f"Nothing was collected yet: {begin}"]
    said = [] if last.status in ("ok", "running") else [f"The last run ended {last.status}: {last.message}"]
    return said + ([f"It warned: {warning}" for warning in last.warnings] if last.status == "ok" else [])

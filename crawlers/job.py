"""One crawl as a process of its own: ``python -m crawlers.job --home H --spider S --source N [key=value …]``.

Scrapy's reactor starts once a process, so every crawl has one. Standard output carries JSON lines: ``progress``, and at
the end ``report`` or ``refused``; on failure standard error has one line for people. Exit codes: 0 done (also when
stopped by a limit or a signal: a next run goes on), 1 the source failed or refused, 2 refused before the first request
or a write failed.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawlers.registry import FRONTIER, SPIDERS
from crawlers.report import GOOD, RunReport
from crawlers.terms import with_terms
from privacy.errors import BadInputError, ConflictError, RenqunError
from privacy.home import Home
from privacy.hosts import is_loopback

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from scrapy.settings import Settings

    from crawlers.frontier import Frontier
    from crawlers.job_state import Job
    from crawlers.spiders.base import LakeSpider
    from lake.runs import RunLog
    from lake.writer import BatchWriter
    from privacy.policies import Policies, Policy

_COMMON = {
    "base_url",
    "since",
    "pages",
    "items",
    "minutes",
    "retries",
    "backoff",
    "timeout",
    "lease",
    "patience",
}
_HOW_FAR = _COMMON - {"base_url", "since"}  # parameters that change nothing in what a whole crawl finds
_PATIENCE, _TURN = 6 * 3600.0, 0.1  # seconds to wait for another writer, and between two looks
_OVERLAP = timedelta(hours=6)  # a later crawl looks back this far behind the newest post it knows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one crawl; the exit code says how it went."""
    parser = argparse.ArgumentParser(prog="python -m crawlers.job", description=__doc__.split("\n")[0])
    parser.add_argument("--home")
    parser.add_argument("--spider", required=True, choices=sorted(SPIDERS))
    parser.add_argument("--source", required=True)
    parser.add_argument("parameters", nargs="*", metavar="key=value")
    given = parser.parse_args(arguments)
    try:
        parameters = dict(pair(text) for text in given.parameters)
        report = run(Home.find(given.home), given.spider, given.source, parameters)
    except RenqunError as error:
        sys.stdout.write(json.dumps({"refused": [error.message, error.hint]}, ensure_ascii=False) + "\n")
        sys.stderr.write(f"{error.message}{' ' + error.hint if error.hint else ''}\n")
        return 2
    sys.stdout.write(json.dumps({"report": report.to_dict()}, ensure_ascii=False) + "\n")
    if not report.good:
        sys.stderr.write(report.message + "\n")
    return 0 if report.good else 1


def run(home: Home, spider: str, source: str, parameters: dict[str, str]) -> RunReport:
    """Crawl in this process; its reactor is used up afterwards."""
    from privacy.policies import load_policies

    began = time.monotonic()
    policies = load_policies(home)
    policy = policies.for_source(source)

    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.utils.misc import load_object

    from crawlers.verdict import verdict

    spider_class: type[LakeSpider] = load_object(SPIDERS[spider])
    parameters = with_terms(parameters)
    common, own = _split(parameters, spider_class)
    base_url = common.get("base_url", policy.base_url)
    if policies.for_url(base_url).source != source:
        raise BadInputError(f"{base_url} belongs to another source than {source}.")
    settings = settings_for(policy, common)
    demand_contact(base_url, settings)
    run_id = f"{source}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with _opened(home, policies, policy, spider, run_id, base_url, parameters) as (job, log):
        process = AsyncCrawlerProcess(settings)
        crawling = process.crawl(spider_class, job=job, **own)
        process.start()
        raise_what_stopped(crawling)
        counts = _close(job, log)
        _end_interrupted(job)
        _write_snapshots(job)
        rows = log.counts()["rows"]
        status, message = verdict(job, rows, job.frontier.unfinished())
        message = " ".join(filter(None, (message, job.went_on, job.frontier.warning)))
        _leave_frontier(job, status)
        message = log.write(status, message)
        job.writer.close(tidy=status in GOOD)
    return RunReport(run_id, spider, source, status, message, counts, round(time.monotonic() - began, 2))


def raise_what_stopped(crawling: asyncio.Task[None]) -> None:
    """Raise what kept the spider from starting, such as a parameter that it does not know."""
    if crawling.done() and (error := crawling.exception()) is not None:
        raise error


def settings_for(policy: Policy, common: dict[str, str]) -> Settings:
    """Scrapy's settings with the pace of the policy entry."""
    from scrapy.settings import Settings

    settings = Settings()
    settings.setmodule("crawlers.settings", priority="project")
    pace = {
        "CONCURRENT_REQUESTS": policy.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": policy.concurrency,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(policy.concurrency),
        "AUTOTHROTTLE_START_DELAY": max(policy.delay, 1.0 / policy.rate),
        "DOWNLOAD_DELAY": 1.0 / policy.rate,
    }
    for key, name in (("retries", "RETRIES"), ("backoff", "RETRY_BACKOFF"), ("timeout", "DOWNLOAD_TIMEOUT")):
        if key in common:
            pace[name] = _number(key, common[key])
    settings.setdict(pace, priority="cmdline")
    return settings


def pair(text: str) -> tuple[str, str]:
    """A parameter written ``key=value``. Raises BadInputError."""
    key, mark, value = text.partition("=")
    if not mark or not key:
        raise BadInputError(f"{text!r} is no parameter.", "Write key=value.")
    return key.replace("-", "_"), value


def _number(key: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise BadInputError(f"{key}={text} is not a number from 0.")
    return number


def _split(parameters: dict[str, str], spider: type[LakeSpider]) -> tuple[dict[str, str], dict[str, str]]:
    """The parameters that all spiders have, and this spider's own."""
    unknown = sorted(set(parameters) - _COMMON - spider.parameters)
    if unknown:
        known = ", ".join(sorted(_COMMON | spider.parameters))
        raise BadInputError(f"The {spider.name} spider has no parameter {unknown[0]!r}.", f"It has {known}.")
    common = {key: value for key, value in parameters.items() if key in _COMMON}
    return common, {key: value for key, value in parameters.items() if key in spider.parameters}


def demand_contact(base_url: str, settings: Settings) -> None:
    """Whoever runs a source on another machine must be able to reach whoever crawls it."""
    if not is_loopback(urlsplit(base_url).hostname or "") and not settings["CONTACT"]:
        raise BadInputError(
            "The crawler's user agent names no contact.",
            "Set RENQUN_CONTACT to an address or URL where the source's operator can reach you.",
        )


@contextmanager
def _opened(
    home: Home,
    policies: Policies,
    policy: Policy,
    spider: str,
    run_id: str,
    base_url: str,
    parameters: dict[str, str],
) -> Iterator[tuple[Job, RunLog]]:
    """The job with its writer, run row and frontier; all of them closed, whatever happens."""
    from crawlers.again import let_go, waiting
    from crawlers.job_state import Job
    from lake.gate import Gate
    from lake.runs import RunLog
    from lake.store import Lake
    from lake.writer import BatchWriter
    from privacy.pseudonyms import Pseudonyms

    lake, pseudonyms = Lake(home), Pseudonyms.open(home)
    log = RunLog(lake, run_id, "crawl", spider, policy)

    def name(address: str) -> str:
        return pseudonyms.post(policy.source, f"ask\0{address}")

    frontier = _frontier(home, spider, policy.source, name, parameters)
    again = waiting(home, spider, policy.source)
    try:
        gate = Gate(home, policy, run_id)
        writer = _in_turn(
            lambda: BatchWriter(lake, gate, frontier.acknowledge, run=log, shared=frontier.shared)
        )
        job = Job(home, policy, policies, spider, run_id, base_url, frontier, writer)
        try:
            _limit(job, parameters)
            _begin(job, parameters)
            _end_interrupted(job)
            log.write()
            frontier.put(again)
            yield job, log
        except BaseException as error:
            log.write("failed", str(error) or type(error).__name__)
            raise
        finally:
            writer.close(tidy=False)
    finally:
        frontier.close()
    if again and not frontier.resumed:
        let_go(home, spider, policy.source)


def _frontier(
    home: Home, spider: str, source: str, name: Callable[[str], str], parameters: dict[str, str]
) -> Frontier:
    """The frontier that the environment names, else one on this machine's disk."""
    url = os.environ.get(FRONTIER)
    if not url:
        from crawlers.frontier.sqlite import SqliteFrontier

        return SqliteFrontier(home.frontier / f"{spider}-{source}.sqlite", name)

    from crawlers.frontier.redis import RedisFrontier

    given = {key: _number(key, parameters[key]) for key in ("lease", "patience") if key in parameters}
    return RedisFrontier(url, spider, source, name, **given)


def _end_interrupted(job: Job) -> None:
    """End the rows of the crawls that were killed: the claim keeps all but the workers of this frontier away."""
    from crawlers.interrupted import close_interrupted
    from lake.store import Lake

    living = job.frontier.workers()
    close_interrupted(Lake(job.home), "crawl", job.spider, job.policy.source, job.run_id, living)


def _in_turn(claim: Callable[[], BatchWriter]) -> BatchWriter:
    """Wait for another run that writes this source; crawls of one source that are started together take turns."""
    waited = 0.0
    while True:
        try:
            return claim()
        except ConflictError as error:
            if not waited:
                sys.stderr.write(f"{error.message} Waiting for it.\n")
            if waited >= _PATIENCE:
                raise
        time.sleep(_TURN)
        waited += _TURN


def _begin(job: Job, parameters: dict[str, str]) -> None:
    """Begin or resume a generation: how far back it goes, and whether the one before found all that it looks for.

    The newest post counts for crawls that ask for the same: other tags or boards were not looked at.
    """
    frontier = job.frontier
    what = {key: value for key, value in sorted(parameters.items()) if key not in _HOW_FAR}
    asked = _kept_secret(job, [job.policy.id, job.base_url, what])
    of = {key: value for key, value in what.items() if key != "since"}
    newest_key = f"newest {_kept_secret(job, of)}" if of else "newest"
    newest = frontier.fact(newest_key)
    back = (datetime.fromisoformat(newest) - _OVERLAP).isoformat() if newest else ""
    given = parameters.get("since", back)
    facts = {
        "since": _moment(given).isoformat() if given else "",
        "asked": asked,
        "newest key": newest_key,
        "before": frontier.fact("whole") or "",
        "whole": "",
        "seen": "",
        "began": datetime.now(UTC).isoformat(),
        "said": parameters.get("since", ""),
    }
    if frontier.begin(job.run_id, facts):
        job.went_on = _went_on(frontier, facts["said"])
    since = frontier.fact("since")
    job.since = datetime.fromisoformat(since) if since else None
    if frontier.pace is not None:
        frontier.pace.delay, frontier.pace.concurrency = 1.0 / job.policy.rate, job.policy.concurrency
    job.conditional = frontier.fact("before") == asked == frontier.fact("asked")


def _went_on(frontier: Frontier, said: str) -> str:
    """That a resumed crawl keeps its own ``--since``, where another is said now."""
    kept, began = frontier.fact("said"), frontier.fact("began")
    if kept is None or began is None or kept == said:  # None: begun by a renqun that did not note it
        return ""
    how = f"with --since {kept}" if kept else "without --since"
    return (
        f"It went on with the crawl begun {datetime.fromisoformat(began):%Y-%m-%d %H:%M} UTC {how}, which counts until "
        f"that crawl is finished; the next one takes {f'--since {said}' if said else 'none'}."
    )


def _limit(job: Job, parameters: dict[str, str]) -> None:
    """Set how long the job goes on."""
    job.max_pages = int(_number("pages", parameters.get("pages", "0")))
    job.max_items = int(_number("items", parameters.get("items", "0")))
    job.max_minutes = _number("minutes", parameters.get("minutes", "0"))


def _moment(text: str) -> datetime:
    """``30d`` back from now, or a date or moment (UTC where it has no zone)."""
    try:
        if text.endswith("d") and text[:-1].isdigit():
            return datetime.now(UTC) - timedelta(days=int(text[:-1]))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise BadInputError(
            f"since={text} is no date.", "Write 2026-01-31, 2026-01-31T08:00 or 30d."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _close(job: Job, log: RunLog) -> dict[str, int]:
    """Write what is buffered, then count. A failed write ends the job with the writer's own message."""
    if job.fatal is None:
        job.writer.flush()
    else:
        raise job.fatal
    counts: Any = job.counts
    log.add(
        **{name: counts[name] for name in ("asked", "fetched", "forbidden", "blocked", "empty", "truncated")}
    )
    log.decide(job.decisions)
    decided = {name: round(times) for name, times in job.decisions.items()}
    return {**counts, **decided, **log.counts(), "unchanged": job.frontier.unchanged}


def _write_snapshots(job: Job) -> None:
    """One ``runs`` row an hour of which a hot list was taken, now that its rows are in the lake."""
    if not job.snapshots:
        return
    import polars as pl

    from crawlers.snapshots import Snapshots
    from lake.store import Lake

    snapshots = Snapshots(job.policy, job.spider)
    snapshots.see(pl.DataFrame({"at": job.snapshots}, schema={"at": pl.Datetime("us", "UTC")}))
    snapshots.write(Lake(job.home))


def _leave_frontier(job: Job, status: str) -> None:
    """A finished generation ends here; its newest post and lists count for the next one where nothing failed."""
    frontier = job.frontier
    if job.newest is not None:
        _note_later(frontier, "seen", job.newest.isoformat())
    if not frontier.finish():
        return
    whole = status in ("ok", "empty") and not frontier.failures()
    frontier.note("whole", (frontier.fact("asked") or "") if whole else "")
    if whole or (status == "ok" and not frontier.shared):
        _note_later(frontier, frontier.fact("newest key") or "newest", frontier.fact("seen") or "")


def _kept_secret(job: Job, asked: object) -> str:
    """What was asked for as a keyed hash: it is only compared, and it may name people."""
    from privacy.pseudonyms import Pseudonyms

    return Pseudonyms.open(job.home).post(job.policy.source, f"asked\0{json.dumps(asked)}")


def _note_later(frontier: Frontier, key: str, moment: str) -> None:
    """Note a moment unless a later one is noted."""
    known = frontier.fact(key)
    if moment and (not known or datetime.fromisoformat(known) < datetime.fromisoformat(moment)):
        frontier.note(key, moment)


if __name__ == "__main__":
    sys.exit(main())

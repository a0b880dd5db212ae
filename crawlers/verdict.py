"""How a crawl went, in one word for machines and one line for people that says what to do."""

from __future__ import annotations

from crawlers.job_state import Job
from crawlers.registry import SPIDERS
from crawlers.report import counted

OK, FAILED, BLOCKED, EMPTY, TRUNCATED = "ok", "failed", "blocked", "empty", "truncated"


def verdict(job: Job, rows: int, unfinished: int) -> tuple[str, str]:
    """Status and message of a crawl that has ended by itself or by a limit."""
    counts, source = job.counts, job.policy.source
    got = f"{counted(counts['fetched'], 'page')}, {counted(rows, 'row')}"
    nothing = rows == 0 and not job.frontier.unchanged and not job.stop_reason.startswith("the limit")
    if nothing and job.first_failure:
        why = f"{source} could not be crawled: {job.first_failure}{_refused(job)}"
        return FAILED, f"{why}. {_when_failed(job)}"
    if nothing and job.first_block:
        why = "; ".join(filter(None, (job.first_block, job.stop_reason)))
        return BLOCKED, f"{source} does not let us in: {why}. {_when_blocked(job)}"
    if nothing and job.first_refusal:
        return BLOCKED, f"{source} may not be crawled: {job.first_refusal}. {_when_forbidden(job)}"
    refused = _refused(job)
    if unfinished:
        why = job.stop_reason or "it was interrupted"
        if "in a row were blocked" in why:
            return BLOCKED, f"{got}{refused}; stopped: {why}; {_wait(unfinished)}. {_when_blocked(job)}"
        status = FAILED if "in a row failed" in why else TRUNCATED
        early = f"{got}{refused}; stopped early: {why}"
        return status, f"{early}; {_wait(unfinished)}, run it again to go on."
    if job.first_failure:
        kept = f"{got}{refused}; some pages could not be read and are kept as rejects: {job.first_failure}"
        return TRUNCATED, f"{kept}. To ask for them again: renqun rejects retry."
    if not counts["asked"] and (job.frontier.shared or job.frontier.resumed):
        return OK, f"{'Other workers' if job.frontier.shared else 'The run before'} had every page."
    if rows == 0 and not job.frontier.unchanged:
        asked = f"{source} gave {counted(counts['fetched'], 'page')} without rows{refused}"
        other = job.policy.kind
        if other in SPIDERS and other != job.spider:
            return EMPTY, f"{asked}. Its policy entry says {other}: renqun crawl {other} --source {source}."
        return EMPTY, f"{asked}. Look at the tags, terms, --since and base URL that were asked for."
    return OK, f"{got}{refused}{'' if rows else ': nothing has changed since the last crawl'}."


def _wait(unfinished: int) -> str:
    return f"{counted(unfinished, 'page')} {'waits' if unfinished == 1 else 'wait'}"


def _refused(job: Job) -> str:
    """What was not got although it was asked for, in words."""
    counts = job.counts
    said = [f"{counts[what]} {what}" for what in ("forbidden", "blocked") if counts[what]]
    pages = f"; pages refused: {', '.join(said)} ({job.first_block or job.first_refusal})" if said else ""
    endless = counts["paging/endless"]
    return (
        f"{pages}; {endless} {'list' if endless == 1 else 'lists'} left unread, since paging never ended"
        if endless
        else pages
    )


def _when_failed(job: Job) -> str:
    return f"Run it again later; renqun sources check {job.policy.source} shows whether it answers at all."


def _when_blocked(job: Job) -> str:
    if "429" in job.first_block:
        return "Lower its rate in sources.toml, and run it again later."
    return "Wait, lower its rate, or ask its operator for access or data; renqun goes around no check."


def _when_forbidden(job: Job) -> str:
    if "noindex" in job.first_refusal:
        return "The source asks that nothing be kept; respect it, or ask its operator."
    if job.decisions["robotstxt/unreachable"]:
        return _when_failed(job)
    if "leads elsewhere" in job.first_refusal:
        return "If that is its address now, look at its terms and make it the entry's base_url (renqun sources add --help)."
    return f"Ask its operator, or look at what is allowed: renqun sources check {job.policy.source}."

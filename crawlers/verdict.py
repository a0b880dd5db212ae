"""How a crawl went, in one word for machines and one line for people."""

from __future__ import annotations

from crawlers.job_state import Job

OK, FAILED, BLOCKED, EMPTY, TRUNCATED = "ok", "failed", "blocked", "empty", "truncated"


def verdict(job: Job, rows: int, unfinished: int) -> tuple[str, str]:
    """Status and message of a crawl that has ended by itself or by a limit."""
    counts, source = job.counts, job.policy.source
    got = f"{counts['fetched']} pages, {rows} rows"
    if rows == 0 and not job.frontier.unchanged and not job.stop_reason.startswith("the limit"):
        if job.first_failure:
            return FAILED, f"{source} could not be crawled: {job.first_failure}."
        if job.first_refusal:
            return BLOCKED, f"{source} may not be crawled: {job.first_refusal}."
    if unfinished:
        why = job.stop_reason or "it was interrupted"
        status = FAILED if "in a row failed" in why else TRUNCATED
        return status, f"{got}; stopped early: {why}; {unfinished} pages wait, run it again to go on."
    if job.first_failure:
        return TRUNCATED, f"{got}; some pages could not be read and are kept as rejects: {job.first_failure}."
    if job.frontier.shared and not counts["asked"]:
        return OK, "Other workers had every page."
    if rows == 0 and not job.frontier.unchanged:
        return EMPTY, f"{source} gave {counts['fetched']} pages without rows."
    refused = f"; {counts['forbidden'] + counts['blocked']} pages refused" if job.first_refusal else ""
    return OK, f"{got}{refused}."

"""What doctor finds of Elasticsearch, looked at only where it is asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from api.doctor import Finding
from privacy.errors import RenqunError

if TYPE_CHECKING:
    from audience.engines.elasticsearch_health import Health

_WHAT = "elasticsearch"


def elasticsearch_findings() -> list[Finding]:
    """The server, what it can, and the index in it; nothing where neither engine nor address is set."""
    from audience.engines.stores import engine_name

    in_use = engine_name() == "elasticsearch"
    if not in_use and not os.environ.get("RENQUN_ES_URL"):
        return []
    from audience.engines.elasticsearch_health import look
    from audience.engines.elasticsearch_settings import ElasticsearchSettings

    try:
        health = look(ElasticsearchSettings.from_environment())
    except RenqunError as error:
        return [Finding(_WHAT, "bad" if in_use else "warn", str(error), error.hint)]
    return [_server(health), *_doubts(health), _index(health, in_use)]


def _server(health: Health) -> Finding:
    says = f"version {', '.join(health.versions)}, {health.nodes} node(s), {health.status}, licence {health.licence}"
    if health.status in ("green", "yellow"):
        return Finding(_WHAT, "ok", says)
    return Finding(_WHAT, "bad", says, "some data is not there: look at the server's log and disk")


def _doubts(health: Health) -> list[Finding]:
    found = []
    if not health.is_tested_version:
        found.append(Finding(_WHAT, "warn", "renqun is tested with version 9", "use Elasticsearch 9"))
    if not health.cuts_words:
        found.append(
            Finding(_WHAT, "bad", "the whitespace analyzer is not there", "use an unchanged Elasticsearch")
        )
    if not health.encrypted:
        says = "profiles travel unencrypted to another machine"
        found.append(Finding(_WHAT, "warn", says, "use https in RENQUN_ES_URL, and RENQUN_ES_CA"))
    return found


def _index(health: Health, in_use: bool) -> Finding:
    others = len(health.indices) - len(health.shown)
    left = f"; {others} left by builds before" if others else ""
    if not health.shown:
        return Finding("elasticsearch index", "warn" if in_use else "note", f"none yet{left}", "renqun mine")
    says = f"{health.persons:,} people in {', '.join(health.shown)}{left}"
    return Finding(
        "elasticsearch index", "ok", says, "the next build removes what was left" if others else ""
    )

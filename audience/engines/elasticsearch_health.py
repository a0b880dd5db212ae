"""How an Elasticsearch stands: what ``renqun doctor`` tells of it, without changing anything there."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from audience.engines.elasticsearch_link import Link, link_to
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from privacy.hosts import is_loopback

TESTED_MAJOR = 9
# A node that has just started, or an index that was just made, is red for a moment.
_RECOVERY = "5s"


@dataclass(frozen=True, slots=True)
class Health:
    """What was found; ``indices`` are those of the prefix, ``shown`` those of them that the alias shows."""

    versions: tuple[str, ...]
    status: str
    nodes: int
    licence: str
    cuts_words: bool
    encrypted: bool
    indices: tuple[str, ...]
    shown: tuple[str, ...]
    persons: int

    @property
    def is_tested_version(self) -> bool:
        """Whether every node is of the major version that the product is tested with."""
        return all(version.split(".")[0] == str(TESTED_MAJOR) for version in self.versions)


def look(settings: ElasticsearchSettings) -> Health:
    """Ask the server, which may take five seconds where data is missing. Raises UnreachableError, UnavailableError (login refused, or no Elasticsearch)."""
    link = link_to(settings)
    nodes = link.call(link.client.nodes.info(filter_path="nodes.*.version"))["nodes"]
    patient = link.client.options(ignore_status=(404, 408))  # no licence yet, no recovery in time
    health = link.call(patient.cluster.health(wait_for_status="yellow", timeout=_RECOVERY))
    pattern = f"{settings.prefix}-people-*"
    indices = link.call(link.client.indices.get(index=pattern, features="aliases"))
    shown = sorted(name for name, state in indices.items() if state.get("aliases"))
    return Health(
        versions=tuple(sorted({node["version"] for node in nodes.values()})),
        status=health["status"],
        nodes=health["number_of_nodes"],
        licence=link.call(patient.license.get()).get("license", {}).get("type", "none yet"),
        cuts_words=all(_cuts_words(link, index) for index in shown),
        encrypted=settings.url.startswith("https:") or is_loopback(urlsplit(settings.url).hostname or ""),
        indices=tuple(sorted(indices)),
        shown=tuple(shown),
        persons=link.call(link.client.count(index=",".join(shown)))["count"] if shown else 0,
    )


def _cuts_words(link: Link, index: str) -> bool:
    """Whether the one analyzer that is needed does there what it says."""
    answer = link.call(link.client.indices.analyze(index=index, analyzer="whitespace", text="露营 帐篷"))
    return [token["token"] for token in answer["tokens"]] == ["露营", "帐篷"]

"""Elasticsearch with renqun's own mapping: count, top and facets in one request, its caches off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from audience.engines.elasticsearch_link import link_to
from audience.engines.elasticsearch_query import compiled
from audience.engines.elasticsearch_settings import ElasticsearchSettings
from audience.engines.elasticsearch_store import ElasticsearchStore
from audience.query.model import AudienceQuery
from bench.audience.bands import SCOPE
from bench.audience.peers import BUCKETS, FACETS, TOP, Answer
from bench.elasticsearch_server import ElasticsearchServer
from privacy.home import Home


class Elasticsearch:
    """A peer on loopback. ``took`` is what the server itself says of the last request, in milliseconds."""

    name = "Elasticsearch"

    def __init__(self, folder: Path, batches: Callable[[], Iterable[pl.DataFrame]]) -> None:
        """Start a server and fill it. Raises AbsentError where none can be run."""
        self._server = ElasticsearchServer()
        self.took = 0
        try:
            settings = ElasticsearchSettings(self._server.url)
            self._link = link_to(settings)
            store = ElasticsearchStore(Home(folder), settings)
            store.write(folder, batches)
            store.publish(folder)
            self._index = store.alias
            self._without_caches()
        except BaseException:
            self._server.close()
            raise

    def answer(self, query: AudienceQuery) -> Answer:
        """One request."""
        found = self._link.call(
            self._link.client.search(
                index=self._index,
                query=compiled(query, SCOPE),
                size=TOP,
                sort=[{"uid": "asc"}],
                track_total_hits=True,
                request_cache=False,
                aggs={name: {"terms": {"field": name, "size": BUCKETS}} for name in FACETS},
            )
        )
        self.took = int(found["took"])
        facets = {
            name: {bucket["key"]: bucket["doc_count"] for bucket in found["aggregations"][name]["buckets"]}
            for name in FACETS
        }
        top = [hit["sort"][0] for hit in found["hits"]["hits"]]
        return Answer(found["hits"]["total"]["value"], top, facets)

    def close(self) -> None:
        """End the server."""
        self._server.close()

    def _without_caches(self) -> None:
        indices = self._link.client.indices
        off = {"index.queries.cache.enabled": False, "index.requests.cache.enable": False}
        self._link.call(indices.close(index=self._index))
        self._link.call(indices.put_settings(index=self._index, settings=off))
        self._link.call(indices.open(index=self._index))
        self._link.call(self._link.client.cluster.health(index=self._index, wait_for_status="yellow"))

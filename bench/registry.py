"""The benchmarks by name: each module has ``run(quick, say) -> list[Figure]``."""

from __future__ import annotations

from importlib import import_module

from bench.figures import Figure, Say

BENCHES = {"crawl": "bench.crawl", "graph": "bench.graph", "imports": "bench.imports"}  # name to module


def run(name: str, quick: bool, say: Say) -> list[Figure]:
    """Run one benchmark; ``quick`` does the same on a small part in under a minute."""
    figures: list[Figure] = import_module(BENCHES[name]).run(quick, say)
    return figures

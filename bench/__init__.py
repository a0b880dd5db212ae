"""Benchmarks: renqun beside its peers, the same work in one run. Loaded by ``renqun bench`` alone."""

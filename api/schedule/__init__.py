"""The schedule: which sources are crawled when, read from ``schedule.toml``, and the loop that does it."""

"""One router a concern, all under /v1."""

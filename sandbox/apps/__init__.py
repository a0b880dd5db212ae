"""What the sandbox shows over HTTP: one FastAPI app a kind of source."""

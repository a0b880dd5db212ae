"""The faces: command line, HTTP API, demo."""

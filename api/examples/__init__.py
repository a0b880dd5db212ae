"""Requests and answers as OpenAPI shows them, by subject; a test validates each against its model."""

"""Spiders: fetch pages over HTTP and hand them to the parsers."""

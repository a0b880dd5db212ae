"""Audience search: members with evidence, facets with intervals, cursors, export."""

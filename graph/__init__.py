"""Edges in, structure out: compact graphs, influence, communities, overlap. Pure: imports no other part."""

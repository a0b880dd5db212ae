"""Who reaches whom: influence, communities, the overlap of brands, spread, and network files."""

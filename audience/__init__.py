"""Query model, engines, search and facets, seeds, lookalike, trends and overlap answers, export."""

"""People like given seeds: seeds found, features, rankings, their hold-out and the reasons."""

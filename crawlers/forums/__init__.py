"""Forum files: where the parts of an HTML forum's pages stand. One file a kind of forum, no Python."""

"""From profiles to persons to the index that engines search."""

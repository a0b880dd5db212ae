"""Growth teams: take an audience along, by pseudonym."""

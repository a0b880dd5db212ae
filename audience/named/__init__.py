"""People whom users name: lists of them read from files, and found through the vault."""

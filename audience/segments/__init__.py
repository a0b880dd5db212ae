"""Saved segments: queries with a name, versioned snapshots of their members, and alerts on their size."""

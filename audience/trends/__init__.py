"""What people post about and search for over time: series, bursts, rises, drivers, early warnings."""

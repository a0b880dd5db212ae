"""Lake to derived tables: models and their versions, increments, and the run of it all."""

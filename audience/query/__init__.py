"""The audience query: its model, its text form, its plain reading."""

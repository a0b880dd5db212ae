"""What was collected and what was derived: Delta tables, their schemas, and how they are written and read."""

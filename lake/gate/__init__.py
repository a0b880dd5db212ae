"""The gate: the only way from a parser to the lake; one module a table."""

from lake.gate.gate import CleanRows, Gate, Prepared

__all__ = ["CleanRows", "Gate", "Prepared"]

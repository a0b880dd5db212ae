"""How fast what people said loses weight."""

from __future__ import annotations

HALF_LIFE_DAYS = 45.0

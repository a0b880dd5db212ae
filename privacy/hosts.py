"""Hosts: which of them can only be this machine."""

from __future__ import annotations

import functools
import ipaddress

LOOPBACK_NAMES = frozenset({"localhost"})


@functools.lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, no port) can only be this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in LOOPBACK_NAMES

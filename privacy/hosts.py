"""Hosts: which of them can only be this machine, and which tell about it."""

from __future__ import annotations

import functools
import ipaddress
import socket

LOOPBACK_NAMES = frozenset({"localhost"})
# Link-local addresses, at one of which most clouds tell a machine its own logins; and where Alibaba's and Amazon's do.
_METADATA = tuple(
    map(ipaddress.ip_network, ("169.254.0.0/16", "fe80::/10", "100.100.100.200/32", "fd00:ec2::254/128"))
)


@functools.lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name or an address, no port) can only be this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in LOOPBACK_NAMES


def is_metadata(host: str) -> bool:
    """Whether ``host`` (no port) is, in any writing, a link-local address or one of a cloud's metadata; a name is not."""
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return any(_is_metadata(str(address[0])) for *_, address in found)


def _is_metadata(text: str) -> bool:
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return any(address in network for network in _METADATA)

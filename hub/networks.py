"""Whom an address on the internet stands for, where something is counted per subscriber."""

from ipaddress import IPv6Address, ip_address


def network_of(address: str) -> str:
    """Whom an address stands for: itself, and of IPv6 its /64, which one subscriber holds whole (RFC 6177)."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or f"{IPv6Address(int(ip) >> 64 << 64)}/64")
    return address


def is_here(host: str | None) -> bool:
    """Is it a name or an address by which this very machine calls itself?"""
    try:
        ip = ip_address((host or "").partition("%")[0])
    except ValueError:
        return host == "localhost"
    return bool((getattr(ip, "ipv4_mapped", None) or ip).is_loopback)


def address_in(hop: str) -> str:
    """The address in an element of X-Forwarded-For. Some proxies add a port: 192.0.2.1:4711, [2001:db8::1]:4711."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop

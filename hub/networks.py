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

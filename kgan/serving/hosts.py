"""Which names a server answers to.

A page of a stranger may give its own name the address 127.0.0.1 (DNS rebinding), and a browser then
lets it read what a local server says. The head of its requests bears that name.
"""

import ipaddress
from collections.abc import Collection

LOCAL = ("localhost", "127.0.0.1", "::1")


def list_hosts(address: str, names: Collection[str]) -> tuple[str, ...]:
    """Returns the names that a server at an address answers to.

    Args:
        address: on which it listens.
        names: that a person allows; `*` for all. Without any, a server of this machine alone
            answers to names of this machine alone, and any other server to every name.

    Example:
        >>> list_hosts("127.0.0.1", ())
        ('localhost', '127.0.0.1', '::1')
    """
    if names:
        return (*names, *LOCAL)
    local = ipaddress.ip_address(address.partition("%")[0]).is_loopback
    return tuple(dict.fromkeys((*LOCAL, address))) if local else ("*",)


def is_host(host: str, allowed: Collection[str]) -> bool:
    """Returns whether a request's `Host` names one of the allowed hosts, at any port.

    Args:
        host: the header's value.
        allowed: names in small letters; `*` for all, `.example.org` for all that end so.

    Example:
        >>> is_host("gan.example.org:8501", [".example.org"])
        True
    """
    if "*" in allowed:
        return True
    name = host.lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    name = name.removesuffix(".")
    return any(name == one or (one[:1] == "." and name.endswith(one)) for one in allowed)

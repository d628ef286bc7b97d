"""TCP as the hub meets it: which addresses the machine has, and whether a port can be listened on."""

import contextlib
import errno
import ipaddress
import socket

from hub.errors import PortError, Sentence


def ensure_port_free(address: str, port: int) -> None:
    """Check that a program of ours may listen on a port, before anything starts.

    Raises:
        PortError: the port is busy, forbidden or none at all, or the address is not one of this machine.
    """
    choose = Sentence("Choose another one: --port %(other)d", other=port + 1 if 1024 <= port < 65535 else 8080)
    if not 1 <= port <= 65535:
        raise PortError(Sentence("%(port)s is not a port; ports are 1 to 65535.", port=port), choose)
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    except ValueError as error:
        raise PortError(
            Sentence("%(address)r is not an IP address.", address=address),
            Sentence("Use 0.0.0.0 for all networks of this machine."),
        ) from error
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Not SO_REUSEPORT: a server that shares its port would let us in, and take half of our readers.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortError(
                    Sentence("Port %(port)s is busy: another program listens on it.", port=port), choose
                ) from error
            if error.errno in {errno.EACCES, errno.EPERM}:
                raise PortError(Sentence("Port %(port)s may only be used by root.", port=port), choose) from error
            if error.errno == errno.EADDRNOTAVAIL:
                hint = Sentence("Use 0.0.0.0 for all networks of this machine.")
                raise PortError(
                    Sentence("%(address)s is not an address of this machine.", address=address), hint
                ) from error
            raise PortError(
                Sentence(
                    "Port %(port)s of %(address)s cannot be used: %(reason)s.",
                    port=port,
                    address=address,
                    reason=error.strerror,
                ),
                choose,
            ) from error


def free_port() -> int:
    """A TCP port of this machine alone (127.0.0.1) that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lan_address() -> str | None:
    """Return the IPv4 address at which neighbours reach this machine, or None when it has none.

    It is the address the kernel would send from; nothing is sent. Without a route out, the machine's own name is
    looked up.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address for documentation, RFC 5737
        return _unless_local(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        return _unless_local(socket.gethostbyname(socket.gethostname()))
    return None


def _unless_local(address: str) -> str | None:
    parsed = ipaddress.ip_address(address)
    return None if parsed.is_loopback or parsed.is_unspecified else address

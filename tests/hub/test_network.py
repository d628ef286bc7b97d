"""`hub.network`: ports that can be listened on, and the address neighbours use."""

import ipaddress
import socket

import pytest

from hub.errors import PortError
from hub.network import ensure_port_free, lan_address


def listener(address: str = "127.0.0.1") -> socket.socket:
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind((address, 0))
    server.listen()
    return server


@pytest.mark.parametrize("wanted", ["127.0.0.1", "0.0.0.0"])
def test_a_busy_port_is_named_even_when_its_owner_would_share_it(wanted: str) -> None:
    with listener() as server:
        port = server.getsockname()[1]
        with pytest.raises(PortError) as caught:
            ensure_port_free(wanted, port)
    assert f"Port {port} is busy" in caught.value.message
    assert "--port" in caught.value.hint
    assert caught.value.exit_status == 1
    ensure_port_free(wanted, port)


def test_a_port_just_left_is_free() -> None:
    with listener() as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    ensure_port_free("127.0.0.1", port)


@pytest.mark.parametrize("port", [-1, 0, 65536, 10**9])
def test_numbers_that_are_no_ports(port: int) -> None:
    with pytest.raises(PortError, match=f"{port} is not a port"):
        ensure_port_free("127.0.0.1", port)


@pytest.mark.parametrize("address", ["everywhere", "", "1.2.3", "localhost"])
def test_words_that_are_no_addresses(address: str) -> None:
    with pytest.raises(PortError, match="is not an IP address"):
        ensure_port_free(address, 8080)


def test_an_address_of_another_machine() -> None:
    with pytest.raises(PortError, match="is not an address of this machine"):
        ensure_port_free("198.51.100.7", 8080)


def test_a_forbidden_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(PortError, match="Port 80 may only be used by root") as caught:
        ensure_port_free("0.0.0.0", 80)
    assert caught.value.hint == "Choose another one: --port 8080"


def test_the_address_for_neighbours_is_none_of_our_own() -> None:
    address = lan_address()
    assert address is None or not ipaddress.ip_address(address).is_loopback

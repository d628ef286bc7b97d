"""`hub.edge_map`: the map of editions as nginx reads it, and when it cannot wait."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from namespaces import until

from hub import edge_map
from hub.edge_map import render, takes_away


def test_each_book_is_one_line() -> None:
    assert render({"b": "22", "a": "11"}) == "\\\\a 11;\n\\\\b 22;\n"


def test_names_that_nginx_cannot_tell_apart_are_left_out() -> None:
    assert render({"Truyen": "1", "truyen": "2", "khac": "3"}) == "\\\\khac 3;\n"


def test_nothing_that_is_no_name_or_no_edition_gets_in() -> None:
    hostile = {"a b": "1", "a;": "1", "x": "1; } evil {", "y": "", "": "1", "z" * 121: "1", "t": "$host"}
    assert render(hostile) == ""


def test_only_what_goes_or_changes_is_urgent() -> None:
    assert not takes_away({"a": "1"}, {"a": "1", "b": "2"})
    assert not takes_away({}, {"a": "1"})
    assert takes_away({"a": "1"}, {"a": "2"})
    assert takes_away({"a": "1"}, {})


def test_a_shelf_without_an_edge_waits_for_nobody(tmp_path: Path) -> None:
    from library.listing import Listing

    edge_map.announce(tmp_path / "edge.sock", Listing(()))


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed: ./run test installs it")
def test_nginx_takes_every_name_for_a_name(tmp_path: Path) -> None:
    """Also those that mean something in a map: parameters, patterns, and letters after a backslash."""
    names = ["default", "include", "hostnames", "volatile", "~a..", "thu", "n", "r", "-", "_", "a.b", "x" * 120]
    editions = {name: f"{number:04x}" for number, name in enumerate(names)}
    (tmp_path / "books.map").write_text(render(editions))
    conf = tmp_path / "nginx.conf"
    conf.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ map_hash_bucket_size 256;\n"
        f"map $arg_x $e {{ default none; include {tmp_path}/*.map; }}\n"
        f"server {{ listen unix:{tmp_path}/s; location / {{ return 200 $e; }} }} }}\n"
    )
    process = subprocess.Popen(["nginx", "-e", "stderr", "-c", conf, "-g", "daemon off;"])
    try:
        found = {name: asked(tmp_path, name) for name in [*names, "unknown", "axx"]}
    finally:
        process.terminate()
        process.wait(20)
    assert found == {**editions, "unknown": "none", "axx": "none"}


def asked(folder: Path, name: str) -> str:
    until((folder / "s").exists, 10, "nginx")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / "s"))
        connection.sendall(f"GET /?x={name} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(4096), b"")).rpartition(b"\r\n\r\n")[2].decode()

"""What nginx says to phones at the ports of their standing, as text: probes answered from memory or passed on.

The packet filter leads each phone to the port of its standing (`captive_portal.places`), and each port says one thing.
"""

from collections.abc import Iterable

from captive_portal import probes
from captive_portal.probes import Probe, Reply, Success
from hub.edge_text import indented, quoted


def captive(port: int, url: str) -> str:
    """The server for phones that said nothing yet.

    Args:
        port: where they are led to.
        url: the welcome page.
    """
    return f"""# Phones that said nothing yet: whatever they ask leads to the welcome page.
server {{
    listen {port} default_server backlog=1024;
    server_name _;
{indented(_from_memory(url))}
    location / {{
        return 418;
    }}
}}"""


def welcomed(port: int, url: str, table: tuple[Probe, ...]) -> Iterable[str]:
    """The servers for phones that may stay: each probe hears what its phone takes for success.

    Args:
        port: where they are led to.
        url: the welcome page.
        table: what phones ask.
    """
    yield f"""# Phones that were welcomed, and online ones without a link: all is well, stay.
server {{
    listen {port} default_server backlog=1024;
    server_name _;
{indented(_from_memory(url))}
{indented(_courtesy(()))}
{indented(_otherwise())}
}}"""
    for names, answers in _alike(table).items():
        paths = [path for path, _ in answers]
        places_of = "\n".join(_says(f"= {path}" if path else "/", success) for path, success in answers)
        rest = "" if "" in paths else "\n" + indented("\n".join((*_courtesy_lines(paths), _otherwise())))
        yield f"""server {{
    listen {port};
    server_name {" ".join(names)};
{indented(_from_memory(url))}
{indented(places_of)}{rest}
}}"""


def online(port: int, names: int, url: str, table: tuple[Probe, ...]) -> Iterable[str]:
    """The servers for phones with the internet: their probes go to whom they mean.

    Args:
        port: where they are led to.
        names: the port of the name server that tells the truth, on this machine.
        url: the welcome page.
        table: what phones ask.
    """
    yield f"""# Online phones that still ask the address of probes: whom they meant answers.
server {{
    listen {port} default_server backlog=1024;
    server_name _;
{indented(_from_memory(url))}
    location / {{
        return 418;
    }}
}}"""
    yield f"""server {{
    listen {port};
    server_name
        {(chr(10) + "        ").join(probes.hosts(table))};
    keepalive_timeout 0;
    limit_conn held 100;
    limit_req zone=passed burst=20 nodelay;
    resolver 127.0.0.1:{names} valid=30s ipv6=off;
    resolver_timeout 3s;
    location / {{
        limit_except GET {{
            deny all;
        }}
        proxy_pass http://$host$request_uri;
        proxy_http_version 1.1;
        proxy_set_header Connection close;
        proxy_set_header Host $host;
        proxy_connect_timeout 3s;
        proxy_read_timeout 5s;
        proxy_max_temp_file_size 0;
        proxy_redirect off;
    }}
}}"""


def _from_memory(url: str) -> str:
    """What all servers for probes share: the two answers that fit any question.

    Nobody's haste is limited: to refuse an answer from memory costs as much as to give it.
    """
    return f"""keepalive_timeout 0;
error_page 418 =302 @portal;
error_page 419 =200 @apple;
{_named("@portal", probes.to_portal(url))}
{_named("@apple", probes.spoken(probes.APPLE_SUCCESS))}"""


def _alike(table: tuple[Probe, ...]) -> dict[tuple[str, ...], tuple[tuple[str, Success], ...]]:
    """Hosts that answer alike → their paths with the answers; the path "" stands for every other one."""
    of_host: dict[str, dict[str, Success]] = {}
    for probe in table:
        for host in probe.hosts:
            known = of_host.setdefault(host, {})
            for path in ("",) if probe.any_path else probe.paths:
                known.setdefault(path, probe.success)
    grouped: dict[tuple[tuple[str, Success], ...], list[str]] = {}
    for host, answers in of_host.items():
        grouped.setdefault(tuple(answers.items()), []).append(host)
    return {tuple(names): answers for answers, names in grouped.items()}


def _courtesy_lines(known: Iterable[str]) -> list[str]:
    return [_says(f"= {path}", probes.NO_CONTENT) for path in probes.COURTESY_PATHS if path not in known]


def _courtesy(known: Iterable[str]) -> str:
    return "\n".join(_courtesy_lines(known))


def _otherwise() -> str:
    return """location / {
    if ($apple) {
        return 419;
    }
    return 418;
}"""


def _says(where: str, success: Success) -> str:
    return _named(where, probes.spoken(success))


def _named(where: str, said: Reply) -> str:
    """A location with a reply; nginx itself writes Connection, and the length of a body that is there."""
    kind = dict(said.headers).get("Content-Type", "text/plain")
    written = {"Content-Type", "Connection", *(("Content-Length",) if said.body else ())}
    headers = [f"    add_header {name} {quoted(text)} always;" for name, text in said.headers if name not in written]
    answer = f"    return {200 if said.body else said.status}{' ' + quoted(said.body.decode()) if said.body else ''};"
    return "\n".join([f"location {where} {{", f"    default_type {quoted(kind)};", *headers, answer, "}"])

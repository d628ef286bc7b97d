"""The web server at the edge, as text for nginx: the hub's pages for whoever asks the hub, and the ports of probes.

nginx knows no phones: each of them is led to a port that says one thing (`hub.edge_probes`), so one answer costs no
look-up and the site never hears of probes. Written for nginx 1.22 (Debian 12) and newer; who starts it chooses
`daemon off` or not.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from captive_portal import places, probes
from captive_portal.probes import Probe
from hub import edge_books, edge_probes, edge_words
from hub.config import HubConfig
from hub.edge_text import indented, quoted
from hub.hosts import BOOKS_PREFIX
from hub.remote.limits import LARGEST_MB, RECORD

LARGEST_FORM_BYTES: Final = 131072
"""No form of the hub's pages is larger; held in memory, never on the card."""

_UNDER_WAY: Final = "256k"
"""Bytes on the way to one reader; the kernel alone would hold megabytes of a film for each slow one."""

_LONGEST_PRINTING_S: Final = 200
"""The press has less; a sheet of many labels is sent only when all of it is drawn."""

_TOO_LONG_PATH: Final = "/dia-chi-dai-qua"
"""A place, not a name: what nginx has not read to its end cannot be led to a named location."""
_NOT_UNDERSTOOD_PATH: Final = "/chua-hieu"
_TOO_MUCH_PATH: Final = "/qua-nhieu-cookie"
_TOO_LARGE_PATH: Final = "/ghi-am-nang-qua"

_LONGEST_HEARING_S: Final = 90
"""The player looks at a recording and converts it before it answers."""

_ERRORS: Final = f"""error_page 429 @hasty;
error_page 400 405 501 {_NOT_UNDERSTOOD_PATH};
error_page 414 {_TOO_LONG_PATH};
error_page 494 =431 {_TOO_MUCH_PATH};
error_page 502 504 =503 @starting;"""

_RECORDING: Final = f"""
    # A recording goes through piece by piece: neither memory nor the card holds it here.
    client_max_body_size {LARGEST_MB + 1}m;
    proxy_request_buffering off;
{indented(_ERRORS)}
    error_page 413 {_TOO_LARGE_PATH};"""

_CLEARED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where nginx listens and whom it asks for names; the packet filter and dnsmasq expect the defaults."""

    pages: int = places.PAGES_PORT
    secure: int = 443
    captive: int = places.CAPTIVE_PORT
    welcomed: int = places.WELCOMED_PORT
    online: int = places.ONLINE_PORT
    names: int = places.OPEN_DNS_PORT


def house_names(config: HubConfig) -> tuple[str, ...]:
    """Every host name of the hub, the main one first, each with the one of its books."""
    own = dict.fromkeys((config.web.name, *config.web.other_names, config.captive_portal.certificate.name))
    return tuple(name for each in own if each for name in (each, BOOKS_PREFIX + each))


def portal_url(config: HubConfig) -> str:
    """The welcome page, as phones are sent there."""
    return f"http://{config.web.name}{places.WELCOME_PATH}"


def render(config: HubConfig, ports: Ports | None = None, table: tuple[Probe, ...] = probes.TABLE) -> str:
    """The whole nginx.conf.

    Args:
        config: the hub's settings.
        ports: where to listen; None: where phones are led to.
        table: what phones ask.
    """
    ports = ports or Ports()
    url = portal_url(config)
    servers = [
        _pages(config, str(ports.pages)),
        *_secure_pages(config, ports),
        edge_probes.captive(ports.captive, url),
        *edge_probes.welcomed(ports.welcomed, url, table),
        *edge_probes.online(ports.online, ports.names, url, table),
    ]
    return _frame(config) + "\n" + indented("\n\n".join(servers)) + "\n}\n"


def render_alone(config: HubConfig, user: str = "") -> str:
    """The whole nginx.conf of a house without a gate: the website's pages, at ``edge.address`` and ``edge.port``.

    Args:
        config: the hub's settings.
        user: whom nginx' workers shall be; "" for whoever starts it.
    """
    own = f"user {user};\n" if user else ""
    address = ipaddress.ip_address(config.edge.address)
    listen = f"{f'[{address}]' if address.version == 6 else address}:{config.edge.port}"
    return _frame(config, own) + "\n" + indented(_pages(config, listen)) + "\n}\n"


def _frame(config: HubConfig, user: str = "user www-data;\n") -> str:
    run = config.paths.run
    address = ipaddress.ip_address(config.web.address)
    web = f"[{address}]" if address.version == 6 else str(address)
    return f"""# Made by `hub apply` from hub.toml; changes are lost.
{user}worker_processes auto;
worker_rlimit_nofile 16384;
worker_shutdown_timeout 10s;
pid "{run}/nginx.pid";
# Nobody keeps a list of who read what; lines below "crit" would name the reader's address.
error_log stderr crit;

events {{
    worker_connections 4096;
}}

http {{
    access_log off;
    server_tokens off;
    types {{ }}
    default_type text/plain;
    server_names_hash_bucket_size 128;
    server_names_hash_max_size 2048;
    variables_hash_max_size 2048;
    map_hash_bucket_size 256;
    map_hash_max_size 8192;

    # Temporary files stay in RAM.
    client_body_temp_path "{run}/nginx-body";
    proxy_temp_path "{run}/nginx-proxy";
    fastcgi_temp_path "{run}/nginx-fastcgi";
    uwsgi_temp_path "{run}/nginx-uwsgi";
    scgi_temp_path "{run}/nginx-scgi";

    # Whoever sends slowly, much or nonsense has an end.
    client_header_buffer_size 2k;
    large_client_header_buffers 4 8k;
    client_header_timeout 10s;
    client_body_timeout 15s;
    client_body_buffer_size {LARGEST_FORM_BYTES};
    client_max_body_size {LARGEST_FORM_BYTES};
    send_timeout 30s;
    lingering_time 5s;
    lingering_timeout 1s;
    reset_timedout_connection on;

    # One phone's haste is not the others' wait.
    limit_conn_zone $binary_remote_addr zone=held:1m;
    limit_req_zone $binary_remote_addr zone=pages:2m rate={config.edge.requests_per_s}r/s;
    limit_req_zone $binary_remote_addr zone=passed:2m rate=5r/s;
    # Each tap, and each code when it is first shown, is written to the memory card, which wears.
    map "$request_method $uri" $tapping {{
        default "";
        "~^POST {places.WELCOME_PATH}/" $binary_remote_addr;
        "~^(GET|HEAD) /sach/[^/]+/ma$" $binary_remote_addr;
    }}
    limit_req_zone $tapping zone=taps:1m rate=30r/m;
    limit_conn_status 429;
    limit_req_status 429;

{indented(edge_books.shared(config))}

    # Apple's probe is told by who asks, since it invents what it asks for.
    map $http_user_agent $apple {{
        default 0;
        "~^{probes.APPLE_AGENT}" 1;
    }}

    upstream web {{
        server {web}:{config.web.port} max_fails=0;
        keepalive 32;
    }}
"""


def _pages(config: HubConfig, listen: str) -> str:
    return f"""# The hub's own pages.
server {{
    listen {listen} default_server backlog=1024 sndbuf={_UNDER_WAY};
    server_name _;
{indented(_to_web(config, secure=False))}
}}"""


def _secure_pages(config: HubConfig, ports: Ports) -> Iterable[str]:
    certificate = config.captive_portal.certificate
    if not certificate.name:
        return
    yield f"""# The same where the hub has a certificate; no other name is spoken for.
server {{
    listen {ports.secure} ssl default_server;
    server_name _;
    ssl_reject_handshake on;
}}"""
    yield f"""server {{
    listen {ports.secure} ssl;
    server_name {certificate.name} {BOOKS_PREFIX}{certificate.name};
    ssl_certificate {quoted(str(certificate.file))};
    ssl_certificate_key {quoted(str(certificate.key))};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:secure:1m;
    ssl_session_timeout 1h;
    ssl_session_tickets off;
{indented(_to_web(config, secure=True))}
}}"""


def _to_web(config: HubConfig, *, secure: bool) -> str:
    rate = config.edge.requests_per_s
    proto = "https" if secure else '""'
    to_site = _to_site(proto)
    return f"""keepalive_timeout 30s;
limit_conn held 100;
limit_req zone=pages burst={10 * rate} delay={4 * rate};
limit_req zone=taps burst=20 nodelay;
{_ERRORS}
error_page 413 {_NOT_UNDERSTOOD_PATH};
{_not_kept("/", to_site)}
{_not_kept("/quan-tri/nhan", _to_site(proto, _LONGEST_PRINTING_S))}
{_not_kept(f"= {RECORD}", _to_site(proto, _LONGEST_HEARING_S) + _RECORDING)}
{edge_books.locations(to_site)}
location @starting {{
    default_type "text/html; charset=utf-8";
    add_header Cache-Control no-store always;
    add_header Retry-After 5 always;
    return 200 {quoted(edge_words.STARTING)};
}}
{_kind_page(_NOT_UNDERSTOOD_PATH, edge_words.NOT_UNDERSTOOD)}
{_kind_page(_TOO_LONG_PATH, edge_words.TOO_LONG)}
{_kind_page(_TOO_MUCH_PATH, edge_words.TOO_MUCH)}
{_kind_page(_TOO_LARGE_PATH, edge_words.TOO_LARGE)}
location @hasty {{
    default_type "text/html; charset=utf-8";
    add_header Cache-Control no-store always;
    add_header Retry-After 60 always;
    return 429 {quoted(edge_words.HASTY)};
}}"""


def _not_kept(where: str, to_site: str) -> str:
    return f"""location {where} {{
    proxy_pass http://web;
    proxy_set_header {edge_books.KEPT_HEADER} {edge_books.NOTHING};
{to_site}
    proxy_buffers 16 16k;
}}"""


def _kind_page(path: str, page: str) -> str:
    """A page in the place of a bare one of nginx'; the status stays what it was."""
    return f"""location = {path} {{
    internal;
    default_type "text/html; charset=utf-8";
    add_header Cache-Control no-store always;
    return 200 {quoted(page)};
}}"""


def _to_site(proto: str, longest_s: int = 60) -> str:
    """How a location speaks to the website, how long it waits for a word, and what it must not be told."""
    cleared = "\n".join(f'    proxy_set_header {name} "";' for name in _CLEARED)
    return f"""    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-Proto {proto};
{cleared}
    proxy_connect_timeout 3s;
    proxy_read_timeout {longest_s}s;
    proxy_max_temp_file_size 0;
    proxy_redirect off;"""

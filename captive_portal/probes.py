"""What phones ask to find out whether they are online, and what each must hear: a table, and a function that reads it.

Collected from Android's NetworkMonitor, the WBA's and vendors' documents; a technician who meets a phone that is in no
row adds one here, and DNS, web server, tests and docs/phones.md follow. Two rules hold for all replies: a portal's
answer is a redirect with more than four bytes of body (Android takes four or less for a broken network), and nothing
of the request is ever repeated in it.
"""

from dataclasses import dataclass
from typing import Final

from captive_portal.phones import Answer

HTML: Final = "text/html"
PLAIN: Final = "text/plain"

PORTAL_BODY: Final = (
    b'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Nh\xc3\xa0 v\xc4\x83n h\xc3\xb3a</title></head>'
    b"<body><p>Wi-Fi c\xe1\xbb\xa7a nh\xc3\xa0 v\xc4\x83n h\xc3\xb3a. The village hall's Wi-Fi.</p></body></html>\n"
)
"""What a portal's redirect carries; shown only by what does not follow redirects."""

COURTESY_PATHS: Final = ("/generate_204", "/gen_204")
"""Asked by so many systems that a welcomed phone hears success whichever host it asks."""

APPLE_AGENT: Final = "CaptiveNetworkSupport"
"""How the user agent of Apple's probe begins; older systems ask invented paths, only this tells them."""

NCSI_HOST: Final = "dns.msftncsi.com"
"""Windows looks this name up, too, and wants `NCSI_ADDRESS` and nothing else."""

NCSI_ADDRESS: Final = "131.107.255.255"
"""Its IPv4 address (Microsoft, "Network Connectivity Status Indicator")."""

NCSI_ADDRESS_6: Final = "fd3e:4f5a:5b81::1"
"""Its IPv6 address."""


@dataclass(frozen=True, slots=True)
class Success:
    """The reply that means: you are online.

    Attributes:
        status: HTTP status.
        body: exact bytes.
        media_type: of the body; empty with an empty body.
        headers: further headers that are looked at.
    """

    status: int
    body: bytes = b""
    media_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """One row: what a system asks, and what success is for it.

    Attributes:
        system: whose probe it is.
        hosts: whom it asks, in small letters; a host and a path together stand in one row only.
        paths: what it asks for.
        success: what it wants to hear.
        any_path: whether these hosts exist for probing only and answer every path alike.
        note: what else is known of it.
    """

    system: str
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    success: Success
    any_path: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the hub says to a probe.

    Attributes:
        status: HTTP status.
        headers: name and value of every header that matters; a web server adds its Date and Server.
        body: exact bytes.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


NO_CONTENT: Final = Success(204)
APPLE_SUCCESS: Final = Success(200, b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>", HTML)
_204: Final = ("/generate_204", "/gen_204")

TABLE: Final = (
    Probe(
        "Android",
        (
            "connectivitycheck.gstatic.com",
            "connectivitycheck.android.com",
            "play.googleapis.com",
            "www.google.com",
            "www.gstatic.com",
            "android.clients.google.com",
            "clients1.google.com",
            "clients2.google.com",
            "clients4.google.com",
            "g.cn",
            "www.google.cn",
            "developers.google.cn",
        ),
        _204,
        NO_CONTENT,
        note="Gives up after 3 s and asks again after 1 s, doubling to 10 min. Its https probe cannot be answered"
        " without the internet: a welcomed phone then has “limited” connection, and stays.",
    ),
    Probe(
        "Samsung",
        (
            "connectivitycheck.samsung.com",
            "connectivity.samsung.com",
            "connectivity.samsung.com.cn",
            "conn.samsungapps.com",
            "d2uzsrnmmf6tds.cloudfront.net",
        ),
        _204,
        NO_CONTENT,
        note="Asks Google's hosts, too; shows no sheet when a host's address is a private one.",
    ),
    Probe(
        "Xiaomi, Redmi, Poco",
        ("connect.rom.miui.com", "cn.wifi.miui.com", "captive.miui.com", "wifi.miui.com"),
        _204,
        NO_CONTENT,
    ),
    Probe(
        "Huawei, Honor",
        (
            "connectivitycheck.platform.hicloud.com",
            "connectivitycheck.cbg-app.huawei.com",
            "connectivitycheck.platform.dbankcloud.com",
            "connectivitycheck.hihonor.com",
        ),
        _204,
        NO_CONTENT,
    ),
    Probe(
        "Oppo, Realme, OnePlus",
        (
            "conn1.oppomobile.com",
            "conn2.oppomobile.com",
            "connectivitycheck.oppomobile.com",
            "conn-service-in-04.allawnos.com",
            "wifi.coloros.com",
        ),
        _204,
        NO_CONTENT,
        note="Older ColorOS opens the page only when somebody chooses the Wi-Fi by hand.",
    ),
    Probe("Vivo", ("wifi.vivo.com.cn", "connectivitycheck.vivo.com.cn"), _204, NO_CONTENT),
    Probe("Qualcomm's reference", ("www.qualcomm.cn",), _204, NO_CONTENT, note="In phones of several small makers."),
    Probe(
        "iOS, iPadOS, macOS",
        (
            "captive.apple.com",
            "www.appleiphonecell.com",
            "www.airport.us",
            "www.ibook.info",
            "www.itools.info",
            "www.thinkdifferent.us",
            "gsp1.apple.com",
            "netcts.cdn-apple.com",
        ),
        ("/hotspot-detect.html", "/library/test/success.html"),
        APPLE_SUCCESS,
        any_path=True,
        note="“Done” appears only after a full page was loaded following success. Asks again every 30 to 60 s and"
        " leaves after about 45 s unless every byte is right.",
    ),
    Probe(
        "iOS, iPadOS, macOS",
        ("www.apple.com", "apple.com"),
        ("/library/test/success.html", "/hotspot-detect.html"),
        APPLE_SUCCESS,
        note="Other pages of these hosts are a visitor's.",
    ),
    Probe(
        "Windows 10, 11",
        ("www.msftconnecttest.com", "ipv6.msftconnecttest.com"),
        ("/connecttest.txt",),
        Success(200, b"Microsoft Connect Test", PLAIN),
        note=f"Then opens /redirect in the browser, and looks {NCSI_HOST} up, which must be {NCSI_ADDRESS}.",
    ),
    Probe(
        "Windows 7, 8",
        ("www.msftncsi.com", "ipv6.msftncsi.com"),
        ("/ncsi.txt",),
        Success(200, b"Microsoft NCSI", PLAIN),
    ),
    Probe("Edge", ("edge.microsoft.com",), ("/captiveportal/generate_204",), NO_CONTENT),
    Probe(
        "Firefox",
        ("detectportal.firefox.com",),
        ("/canonical.html",),
        Success(
            200, b'<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>', HTML
        ),
        note="Shows a banner until it hears success.",
    ),
    Probe("Firefox", ("detectportal.firefox.com",), ("/success.txt",), Success(200, b"success\n", PLAIN)),
    Probe(
        "NetworkManager, GNOME",
        ("nmcheck.gnome.org",),
        ("/check_network_status.txt",),
        Success(200, b"NetworkManager is online\n", PLAIN),
    ),
    Probe(
        "Ubuntu",
        ("connectivity-check.ubuntu.com",),
        ("/",),
        Success(204, headers=(("X-NetworkManager-Status", "online"),)),
    ),
    Probe("ChromeOS", ("clients3.google.com",), _204, NO_CONTENT),
    Probe(
        "Kindle",
        ("spectrum.s3.amazonaws.com",),
        ("/kindle-wifi/wifistub.html",),
        Success(
            200,
            b"<!DOCTYPE html><html><head><title>Kindle</title></head><body>81ce4465-7167-4dcb-835b-dcc9e44c112a"
            b"</body></html>\n",
            HTML,
        ),
        note="Looks for that number in the page.",
    ),
    Probe(
        "Fire OS",
        ("fireoscaptiveportal.com", "freetimecaptiveportal.com"),
        _204,
        NO_CONTENT,
    ),
)
"""Every probe that is known."""


def hosts(table: tuple[Probe, ...] = TABLE) -> tuple[str, ...]:
    """Every host of the table once, in its order."""
    return tuple(dict.fromkeys(host for probe in table for host in probe.hosts))


def reply(host: str, path: str, answer: Answer, portal_url: str, agent: str = "") -> Reply | None:
    """What a phone hears on port 80 when it asks somebody who is not the hub.

    Args:
        host: whom it asked, as its Host header says.
        path: what it asked for; a query does not matter.
        answer: what it shall hear.
        portal_url: the welcome page.
        agent: its User-Agent header.

    Returns:
        The hub's reply; None where the hub passes the question on to whom it was meant for.
    """
    host, path = _bare(host), path.partition("?")[0]
    if answer is Answer.INTERNET:
        return None if host in hosts() else to_portal(portal_url)
    if answer is Answer.PORTAL:
        return to_portal(portal_url)
    for probe in TABLE:
        if host in probe.hosts and (probe.any_path or path in probe.paths):
            return spoken(probe.success)
    if agent.startswith(APPLE_AGENT):
        return spoken(APPLE_SUCCESS)
    return spoken(NO_CONTENT) if path in COURTESY_PATHS else to_portal(portal_url)


def spoken(success: Success) -> Reply:
    """A success with all its headers; a 204 says that its body has no bytes, which some phones look at."""
    kind = (("Content-Type", success.media_type),) if success.media_type else ()
    return Reply(success.status, (*kind, *_lengthy(success.body), *success.headers), success.body)


def to_portal(portal_url: str) -> Reply:
    """The redirect that opens a phone's sheet."""
    headers = (("Content-Type", "text/html; charset=utf-8"), *_lengthy(PORTAL_BODY), ("Location", portal_url))
    return Reply(302, headers, PORTAL_BODY)


def _lengthy(body: bytes) -> tuple[tuple[str, str], ...]:
    return ("Content-Length", str(len(body))), ("Connection", "close"), ("Cache-Control", "no-store")


def _bare(host: str) -> str:
    return host.lower().partition(":")[0].removesuffix(".")

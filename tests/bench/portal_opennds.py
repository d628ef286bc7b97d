"""The anchor: openNDS as Debian packages it, with dnsmasq for names and leases, in network namespaces.

openNDS' helper scripts write to /etc and /run, restart system services and look for processes by name; so it gets a
mount and a process namespace of its own, with copies of those folders and a `systemctl` that does nothing. One word of
them is changed: they make chains of priority -100 that iptables-nft then wants at 0, which newer kernels refuse.
"""

from __future__ import annotations

import http.client
import re
from pathlib import Path
from typing import Final

from namespaces import until
from portal_crowd import BadAnswerError, Guest
from village import HUB, INTERNET, Village

_START_S: Final = 60.0
_SETTINGS: Final = f"""\
GatewayInterface phones0
GatewayAddress {HUB}
GatewayName bench
MaxClients 1000
login_option_enabled 1
debuglevel 0
FirewallRuleSet authenticated-users {{
}}
FirewallRuleSet preauthenticated-users {{
}}
FirewallRuleSet users-to-router {{
    FirewallRule allow udp port 53
    FirewallRule allow tcp port 53
    FirewallRule allow udp port 67
}}
"""
_ENTER: Final = """\
set -e
folder=$1
mkdir -p "$folder/private" "$folder/bin"
printf '#!/bin/sh\\nexit 0\\n' >"$folder/bin/systemctl"
cp "$folder/bin/systemctl" "$folder/bin/logger"
chmod 755 "$folder/bin/systemctl" "$folder/bin/logger"
mount -t tmpfs tmpfs "$folder/private"
mkdir "$folder/private/etc" "$folder/private/lib"
cp -a /etc/. "$folder/private/etc/"
cp "$folder/opennds.conf" "$folder/private/etc/opennds/opennds.conf"
touch "$folder/private/etc/dnsmasq.conf"
cp -a /usr/lib/opennds/. "$folder/private/lib/"
sed -i 's/priority -100 ;/priority filter ;/' "$folder/private/lib/libopennds.sh"
mount --bind "$folder/private/etc" /etc
mount --bind "$folder/private/lib" /usr/lib/opennds
mount --bind "$folder/leases" /var/lib/misc
mount -t tmpfs tmpfs /run
mkdir -p /run/tmpfiles.d /run/lock
PATH="$folder/bin:$PATH" exec opennds -f -d 0
"""
_NAT: Final = "table ip benchnat { chain out { type nat hook postrouting priority 101; oifname eth0 masquerade; }; }"
_FAS: Final = re.compile(rb'name="fas" value="([^"]+)"')


class OpenNds:
    """openNDS before the village's internet; open the village, but not its house.

    Args:
        village: whose hub's namespace it takes.
    """

    def __init__(self, village: Village) -> None:
        self._village = village
        self._folder = village.folder / "opennds"

    def start(self) -> None:
        """Start dnsmasq and openNDS, and wait until the portal answers."""
        village, folder = self._village, self._folder
        (folder / "leases").mkdir(parents=True)
        (folder / "opennds.conf").write_text(_SETTINGS)
        (folder / "enter.sh").write_text(_ENTER)
        village.hub.run("nft", _NAT)
        until(lambda: _reached(village), _START_S, "the internet")
        village.start(
            "dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            "--user=root", "--pid-file=", "--bind-interfaces", "--interface=phones0", "--except-interface=lo",
            f"--server={INTERNET}", f"--address=/status.client/{HUB}", "--dhcp-authoritative", "--no-ping",
            "--dhcp-range=10.10.10.2,10.10.11.254,255.255.254.0,1h", "--dhcp-lease-max=500", "--dns-forward-max=1000",
            f"--dhcp-leasefile={folder}/leases/dnsmasq.leases",
        )  # fmt: skip
        village.start(
            "opennds", "unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation",
            "private", "bash", str(folder / "enter.sh"), str(folder),
        )  # fmt: skip
        until(self._answers, _START_S, f"openNDS: {village.log('opennds')}")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HUB, 2050, timeout=5)
        connection.sock = self._village.hub.socket()
        try:
            connection.sock.connect((HUB, 2050))
            connection.request("GET", "/")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return bool(self._village.hub.run("nft", "list", "ruleset").count("ndsNET"))

    def roots(self) -> list[int]:
        """The processes that belong to it, with all they start."""
        return [self._village.programs[name].pid for name in ("dnsmasq", "opennds")]

    async def see_welcome(self, guest: Guest, portal: str) -> str:
        """Open its welcome page; return what the next taps must carry."""
        page = (await guest.get(portal)).expect(200)
        carried = _FAS.search(page.body)
        if carried is None:
            raise BadAnswerError(f"openNDS' page without a button: {page.body[-500:]!r}")
        return f"{portal.partition('?')[0]}?fas={carried[1].decode()}"

    async def accept(self, guest: Guest, carried: str) -> None:
        """Tap its first button, "Accept Terms of Service"; what comes has a second one."""
        (await guest.get(f"{carried}&continue=clicked")).expect(200, b'name="landing"')

    async def go_online(self, guest: Guest, carried: str) -> None:
        """Tap its second button, "Continue": this one opens the internet."""
        (await guest.get(f"{carried}&landing=yes")).expect(200, b"now logged in")

    async def finish(self, guest: Guest, carried: str) -> None:
        """Nothing: the page came with the answer to the tap."""

    def admit(self, addresses: list[str]) -> int:
        """Let phones in by command; return how many it did let in."""
        return self._ndsctl("auth", addresses).count(" authenticated.")

    def dismiss(self, addresses: list[str]) -> None:
        """Shut phones out again."""
        self._ndsctl("deauth", addresses)

    def _ndsctl(self, order: str, addresses: list[str]) -> str:
        """Ask it with ndsctl, as its own scripts do, for one phone after the other; some may be unknown to it."""
        server = self._village.programs["opennds"].pid
        inside = Path(f"/proc/{server}/task/{server}/children").read_text().split()[0]
        loop = f'for address in "$@"; do ndsctl {order} "$address"; done; true'
        return self._village.hub.run(
            "nsenter", "--target", inside, "--mount", "--pid", "bash", "-c", loop, "bash", *addresses
        )


def _reached(village: Village) -> bool:
    """Whether the internet answers; openNDS counts a way out only once its neighbour is known."""
    with village.hub.socket() as opened:
        opened.settimeout(5)
        return opened.connect_ex((INTERNET, 80)) == 0

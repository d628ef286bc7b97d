"""The rules of the packet filter: the text of the table `inet hub`.

All decisions about one phone are lookups of its address together with its MAC in sets, made for **every packet**, so
whoever is taken out of a set stops at once. nginx and dnsmasq know no phones: by its standing a phone is led to one of
their ports. Syntax: nft(8), as old as nftables 1.0.6 (Debian 12); for Linux 6.1 and newer.
"""

import hashlib
import re
from typing import Final

from captive_portal.config import CaptivePortalConfig
from captive_portal.places import (
    CAPTIVE_PORT,
    DNS_PORT,
    ONLINE_PORT,
    OPEN_DNS_PORT,
    PAGES_PORT,
    PROBE_ADDRESS,
    WELCOMED_PORT,
)

TABLE: Final = "inet hub"
"""The table's family and name; everything of the gate lies in it, nothing of anybody else."""

SHAPED_CLASS: Final = "1:1"
"""The tc class for packets from the internet to phones (`captive_portal.shaping`)."""

NOT_THE_INTERNET: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
)
"""Networks that lie behind a way out at best (RFC 6890): the router's own pages are no villager's business."""

_MOST_PHONES = 4096
_SEEN_PER_PHONE = 4
_SEEN_SECONDS = 90
_FREE_SECONDS = 86400


def render(config: CaptivePortalConfig) -> str:
    """What stands between the brackets of the table: sets, which are empty, and chains."""
    body = _body(config)
    return body.replace("@EDITION@", _edition(body), 1)


def edition(config: CaptivePortalConfig) -> str:
    """A mark that changes whenever the rules would, found again as the comment of the set `open`."""
    return _edition(_body(config))


def _edition(body: str) -> str:
    return "edition " + hashlib.sha256(body.encode()).hexdigest()[:16]


def _body(config: CaptivePortalConfig) -> str:
    network = config.network
    secure = ", 443" if config.certificate.name else ""
    words = {
        "PHONES": f'"{config.interface}"',
        "HUB": config.hub_address,
        "NETWORK": str(network),
        "NOBODY": ", ".join((str(network.network_address), config.hub_address, str(network.broadcast_address))),
        "MOST": str(min(max(256, network.num_addresses), _MOST_PHONES)),
        "MOST_SEEN": str(_SEEN_PER_PHONE * min(max(256, network.num_addresses), _MOST_PHONES)),
        "ELSEWHERE": ", ".join(NOT_THE_INTERNET),
        "PROBE": PROBE_ADDRESS,
        "PAGES": f"{PAGES_PORT}{secure}",
        "PAGES_PORT": str(PAGES_PORT),
        "CAPTIVE": str(CAPTIVE_PORT),
        "WELCOMED": str(WELCOMED_PORT),
        "ONLINE": str(ONLINE_PORT),
        "DNS": str(DNS_PORT),
        "OPEN_DNS": str(OPEN_DNS_PORT),
        "SEEN": f"{_SEEN_SECONDS}s",
        "FREE": f"{_FREE_SECONDS}s",
        "SHAPE": f"meta priority set {SHAPED_CLASS} " if config.internet.down_kbit else "",
    }
    return re.sub(r"\$([A-Z_]+)\$", lambda found: words[found[1]], _RULES).strip("\n")


_RULES = """
	# Interfaces whose online phones are let out: the phones' one while there is a backhaul, else none.
	set open {
		type ifname
		size 4
		comment "@EDITION@"
	}

	# Who stands how. Looked at often, so it counts nothing.
	set online {
		type ipv4_addr . ether_addr
		size $MOST$
		flags timeout
	}
	set welcomed {
		type ipv4_addr . ether_addr
		size $MOST$
		flags timeout
	}

	# The same phones as in `online`; each packet that passes is looked up once, and so counted.
	set sent {
		type ipv4_addr . ether_addr
		size $MOST$
		flags timeout
		counter
	}
	set received {
		type ipv4_addr
		size $MOST$
		flags timeout
		counter
	}

	# Addresses of sites that are open to everybody; dnsmasq adds them, use keeps them.
	set free {
		type ipv4_addr
		size 4096
		flags dynamic,timeout
		timeout $FREE$
	}

	# Who spoke lately; one device that goes through all addresses does not fill it.
	set seen {
		type ipv4_addr . ether_addr
		size $MOST_SEEN$
		flags dynamic,timeout
		timeout $SEEN$
	}

	# How often one device does what costs the hub something.
	set arrivals {
		type ether_addr
		size 4096
		flags dynamic,timeout
		timeout 1m
	}
	set leases {
		type ether_addr
		size 4096
		flags dynamic,timeout
		timeout 2m
	}
	set questions {
		type ether_addr
		size 4096
		flags dynamic,timeout
		timeout 10s
	}
	set openings {
		type ether_addr
		size 4096
		flags dynamic,timeout
		timeout 10s
	}
	set flows {
		type ether_addr
		size 4096
		flags dynamic
	}
	set lookups {
		type ether_addr
		size 4096
		flags dynamic
	}

	# First of all: is this a phone of the house, and does it keep measure?
	chain arriving {
		type filter hook prerouting priority raw; policy accept;
		iifname "lo" accept
		iifname != $PHONES$ ip saddr $NETWORK$ drop
		iifname $PHONES$ jump from_phone
	}
	chain from_phone {
		meta nfproto ipv6 drop
		udp dport 67 goto asks_for_lease
		ip saddr != $NETWORK$ drop
		ip saddr { $NOBODY$ } drop
		ip daddr { 224.0.0.0/4, 255.255.255.255 } drop
		fib daddr type broadcast drop
		meta l4proto { tcp, udp } th dport $DNS$ jump asks_for_name
		ip saddr . ether saddr @seen update @seen { ip saddr . ether saddr } accept
		update @arrivals { ether saddr limit rate over 20/minute burst 10 packets } accept
		update @seen { ip saddr . ether saddr }
	}
	chain asks_for_name {
		update @questions { ether saddr limit rate over 30/second burst 300 packets } drop
	}
	chain asks_for_lease {
		ip saddr != { 0.0.0.0, $NETWORK$ } drop
		update @leases { ether saddr limit rate over 10/minute burst 10 packets } drop
		limit rate over 200/second burst 500 packets drop
	}

	# New flows only: the kernel's memory of flows is shared by everybody.
	chain opening {
		type filter hook prerouting priority mangle; policy accept;
		iifname $PHONES$ ct state new jump opened_by_phone
	}
	chain opened_by_phone {
		ip saddr 0.0.0.0 accept
		update @openings { ether saddr limit rate over 100/second burst 500 packets } drop
		add @flows { ether saddr ct count over 600 } drop
		tcp dport $DNS$ add @lookups { ether saddr ct count over 4 } drop
	}

	# Where names and pages are answered from; led once for each flow, and looked at again in `asked_by_phone`.
	chain leading {
		type nat hook prerouting priority dstnat; policy accept;
		iifname $PHONES$ meta l4proto { tcp, udp } th dport $DNS$ goto names
		iifname $PHONES$ ip daddr != $HUB$ tcp dport $PAGES_PORT$ goto pages
	}
	chain names {
		meta l4proto { tcp, udp } iifname @open ip saddr . ether saddr @online redirect to :$OPEN_DNS$
		meta l4proto { tcp, udp } redirect to :$DNS$
	}
	chain pages {
		ip daddr { $ELSEWHERE$ } goto answered_here
		iifname @open ip daddr @free accept
		iifname @open ip saddr . ether saddr @online goto answered_there
		goto answered_here
	}
	chain answered_there {
		meta l4proto tcp ip daddr $PROBE$ redirect to :$ONLINE$
	}
	chain answered_here {
		meta l4proto tcp ip saddr . ether saddr @online redirect to :$WELCOMED$
		meta l4proto tcp ip saddr . ether saddr @welcomed redirect to :$WELCOMED$
		meta l4proto tcp redirect to :$CAPTIVE$
	}

	# Who may leave the house: decided for each packet, before a way out is even looked for.
	chain leaving {
		type filter hook prerouting priority filter; policy accept;
		iifname $PHONES$ fib daddr type != { local, broadcast } goto leaves
	}
	chain leaves {
		ip daddr $NETWORK$ drop
		ip daddr { $ELSEWHERE$, $PROBE$ } goto refused
		iifname @open ip daddr @free accept
		iifname @open ip saddr . ether saddr @online accept
		goto refused
	}
	chain refused {
		meta l4proto tcp reject with tcp reset
		reject with icmpx port-unreachable
	}

	# What passes from one side to the other; `leaving` has let it, and here it is counted.
	chain passing {
		type filter hook forward priority filter; policy drop;
		meta nfproto ipv6 drop
		iifname $PHONES$ oifname $PHONES$ drop
		tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
		iifname $PHONES$ goto outward
		oifname $PHONES$ goto inward
	}
	chain outward {
		ip daddr @free update @free { ip daddr } accept
		ip saddr . ether saddr @sent accept
	}
	chain inward {
		ct state != { established, related } drop
		$SHAPE$ip saddr @free accept
		ip daddr @received accept
	}

	# What the hub itself is asked.
	chain asked {
		type filter hook input priority filter; policy drop;
		iifname "lo" accept
		iifname $PHONES$ goto asked_by_phone
		ct state established,related accept
		icmp type echo-request limit rate 20/second burst 50 packets accept
		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
		udp sport 67 udp dport 68 accept
	}
	chain asked_by_phone {
		udp dport 67 accept
		ip daddr != $HUB$ goto refused
		meta l4proto { tcp, udp } th dport $DNS$ accept
		tcp dport { $PAGES$ } accept
		ct status dnat tcp dport { $CAPTIVE$, $WELCOMED$ } accept
		ct status dnat iifname @open ip saddr . ether saddr @online tcp dport { $ONLINE$, $OPEN_DNS$ } accept
		ct status dnat iifname @open ip saddr . ether saddr @online udp dport $OPEN_DNS$ accept
		ct direction reply accept
		icmp type echo-request limit rate 50/second burst 100 packets accept
		meta l4proto icmp drop
		goto refused
	}

	# No IPv6 towards phones: half of the sites would pass by the gate. What nginx fetched for a phone counts.
	chain saying {
		type filter hook output priority filter; policy accept;
		oifname $PHONES$ meta nfproto ipv6 drop
		oifname $PHONES$ tcp sport $ONLINE$ ip daddr @received accept
	}

	# Phones leave under the hub's address, whichever way out is taken.
	chain masking {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr $NETWORK$ ip saddr != $HUB$ oifname != { $PHONES$, "lo" } masquerade
	}
"""

"""Phones find the hub: Wi-Fi, DHCP, DNS, the gate and the portal pages."""

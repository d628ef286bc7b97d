#!/bin/sh
# udhcpc's script: takes the lease, and writes it to $REPORT for the test.
case $1 in
  bound | renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/$mask" dev "$interface"
    [ -z "$router" ] || ip route replace default via "${router%% *}" dev "$interface"
    printf 'ip=%s\nrouter=%s\ndns=%s\nlease=%s\nopt114=%s\n' "$ip" "$router" "$dns" "$lease" "$opt114" > "$REPORT"
    ;;
esac

#!/bin/sh
# udhcpc's script for one phone of the crowd: takes the lease beside those of all others, and says so in $REPORT.
case $1 in
  bound | renew)
    printf 'address replace %s/%s dev %s\nroute replace default via %s dev %s metric %s\n' \
      "$ip" "$mask" "$interface" "${router%% *}" "$interface" "$NUMBER" | ip -batch - &&
      printf '%s %s\n' "$ip" "${dns%% *}" > "$REPORT"
    ;;
esac

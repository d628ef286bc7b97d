#!/bin/sh
# The rest of the emulated machine's life, on this machine's files: runs one command and switches itself off.
export HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin
share=/run/machine
read -r modules <$share/modules
mkdir -p /lib/modules
ln -sfn "$modules" "/lib/modules/$(uname -r)"
ip link set lo up
hostname machine

port=
while [ -z "$port" ]; do
  for port in /dev/vport*p1; do [ -e "$port" ] || port=; done
done
read -r up _ </proc/uptime
echo "machine: ready after $up s with Linux $(uname -r)"
# A session of its own, so that nothing of it is tied to this shell, which must not end.
setsid sh $share/command </dev/null >"$port" 2>&1
echo $? >$share/status
read -r up _ </proc/uptime
echo "machine: done after $up s"
exec /run/busybox poweroff -f

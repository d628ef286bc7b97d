#!/bin/sh
# The first steps of the emulated machine, by busybox from memory: puts this machine's files under an overlay.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </modules/order

mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro files /files || exec sh
mount -t tmpfs changes /changes
mkdir /changes/upper /changes/work
mount -t overlay -o lowerdir=/files,upperdir=/changes/upper,workdir=/changes/work overlay /root || exec sh

for folder in proc sys dev; do mount --move /$folder /root/$folder; done
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts devpts /root/dev/pts
mount -t tmpfs shm /root/dev/shm
mount -t tmpfs run /root/run
mkdir -p /root/run/netns /root/run/lock /root/run/machine
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none share /root/run/machine || exec sh
cp /bin/busybox /root/run/busybox
exec switch_root /root /run/busybox sh /run/machine/start.sh

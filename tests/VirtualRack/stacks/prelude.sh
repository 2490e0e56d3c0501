# Comes before every stack, in the rescue system. A, B, C and BIG are blank disks; sizes are in bytes.
set -euo pipefail
export LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1
disk() { readlink -f "/dev/disk/by-id/virtio-SIGNATURES-$1"; }
A=$(disk A) B=$(disk B) C=$(disk C) BIG=$(disk BIG)
size() { blockdev --getsize64 "$1"; }
put() { dd of="$1" bs=1 seek="$2" conv=notrunc status=none; } # DEVICE OFFSET < bytes
bytes() { printf "$(printf %s "$*" | tr -d ' ' | sed 's/../\\x&/g')"; } # HEX…
partition() { # DISK < script of sfdisk; the nodes exist when it returns
  sfdisk --quiet --wipe never "$1"
  udevadm settle
}
# Nothing may be started behind the stack's back, nor taken apart and put together again while it is looked at.
mkdir -p /etc/mdadm
printf 'HOMEHOST rescue\nAUTO -all\n' > /etc/mdadm/mdadm.conf

stop_everything() {
  swapoff -a
  for uuid in /sys/fs/bcache/*-*; do [ ! -e "$uuid/stop" ] || echo 1 > "$uuid/stop"; done
  for cached in /sys/block/bcache*/bcache; do [ ! -e "$cached/stop" ] || echo 1 > "$cached/stop"; done
  vgchange -an > /dev/null 2>&1 || true
  dmsetup remove_all --retry
  mdadm --stop --scan 2> /dev/null || true
  udevadm settle
}

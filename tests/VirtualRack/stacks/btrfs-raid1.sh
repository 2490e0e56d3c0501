# One file system over two disks.
# disks: a b
# tools: mkfs.btrfs
mkfs.btrfs -q -m raid1 -d raid1 "$A" "$B"

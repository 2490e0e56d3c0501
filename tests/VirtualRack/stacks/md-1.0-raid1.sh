# Mirrored whole disks with the superblock at the end, as for boot partitions that firmware must read.
# disks: a b
# tools: mdadm
mdadm --create /dev/md0 --run --metadata=1.0 --homehost=rescue --name=0 --level=1 --raid-devices=2 --assume-clean "$A" "$B"

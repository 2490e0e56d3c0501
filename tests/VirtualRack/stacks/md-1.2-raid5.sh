# Three whole disks with the superblock of today, 4 KiB from the start.
# disks: a b c
# tools: mdadm
mdadm --create /dev/md2 --run --metadata=1.2 --homehost=rescue --name=2 --level=5 --raid-devices=3 --assume-clean "$A" "$B" "$C"

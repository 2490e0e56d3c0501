# Striped whole disks with the superblock in the first sector.
# disks: a b
# tools: mdadm
mdadm --create /dev/md1 --run --metadata=1.1 --homehost=rescue --name=1 --level=0 --raid-devices=2 "$A" "$B"

# Over the whole disk.
# disks: a
# tools: mkfs.ext4
mkfs.ext4 -q -F -L data "$A"

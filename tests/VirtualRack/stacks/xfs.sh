# Over the whole disk, as Talos keeps EPHEMERAL in a partition.
# disks: a
# tools: mkfs.xfs
mkfs.xfs -q -L data "$A"

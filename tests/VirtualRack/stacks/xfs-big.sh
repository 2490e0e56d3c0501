# Over a large disk, whose allocation groups are large as well.
# disks: big
# tools: mkfs.xfs
mkfs.xfs -q "$BIG"

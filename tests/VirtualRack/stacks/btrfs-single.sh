# A disk large enough for all three superblocks.
# disks: big
# tools: mkfs.btrfs
mkfs.btrfs -q -L pool "$BIG"

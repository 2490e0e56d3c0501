# With blocks of 1 KiB, in a partition of an MBR.
# disks: a
# tools: mkfs.ext4
partition "$A" <<< $'label: dos\nstart=2048, size=1048576, type=83'
mkfs.ext4 -q -b 1024 "${A}1"

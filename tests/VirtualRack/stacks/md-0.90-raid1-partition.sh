# Two mirrored partitions with the superblock Debian wrote until 2010, as /boot of old servers.
# disks: a b
# tools: mdadm
for member in "$A" "$B"; do partition "$member" <<< $'label: dos\nlabel-id: 0x0a0b0c0d\nstart=2048, size=1048576, type=fd'; done
mdadm --create /dev/md0 --run --metadata=0.90 --level=1 --raid-devices=2 --assume-clean "${A}1" "${B}1"

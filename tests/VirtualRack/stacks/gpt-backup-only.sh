# The primary table was overwritten with zeros; the one at the end still knows what lies between.
# disks: a
# tools: sgdisk lvm mkfs.ext4
partition "$A" <<< $'label: gpt\nsize=1048576, type=linux, name=data\ntype=lvm, name=volumes'
mkfs.ext4 -q -L data "${A}1"
pvcreate -qq "${A}2"
vgcreate -qq vg3 "${A}2"
vgchange -qq -an vg3
dd if=/dev/zero of="$A" bs=512 seek=1 count=33 conv=notrunc,fsync status=none
blockdev --rereadpt "$A"
udevadm settle
# The kernel ignores the backup; for a look at what is inside, its partitions are put up by hand.
partx --add "$A"
udevadm settle

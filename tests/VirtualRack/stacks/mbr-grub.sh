# A system installed for BIOS: GRUB's first stage before an MBR with a primary and a logical partition.
# disks: a
# tools: mkfs.ext4 mkswap
partition "$A" <<< $'label: dos\nlabel-id: 0x01020304\nstart=2048, size=524288, type=83, bootable\nstart=526336, size=1048576, type=5\nstart=528384, size=524288, type=82'
mkfs.ext4 -q "${A}1"
mkswap "${A}5"
head -c 440 /usr/lib/grub/i386-pc/boot.img | put "$A" 0

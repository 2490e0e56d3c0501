# The partitions of a Talos disk, with the file systems Talos gives them; META is empty.
# disks: a
# tools: mkfs.vfat mkfs.ext4 mkfs.xfs
partition "$A" << 'TABLE'
label: gpt
size=204800, type=uefi, name=EFI
size=2048, type=21686148-6449-6E6F-744E-656564454649, name=BIOS
size=1048576, type=linux, name=BOOT
size=2048, type=linux, name=META
size=204800, type=linux, name=STATE
type=linux, name=EPHEMERAL
TABLE
mkfs.vfat -F 32 -n EFI "${A}1"
mkfs.ext4 -q -L BOOT "${A}3"
mkfs.xfs -q -f -L EPHEMERAL "${A}6"

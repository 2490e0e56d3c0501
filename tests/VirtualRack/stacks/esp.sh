# An EFI system partition with a boot loader's path.
# disks: a
# tools: mkfs.vfat
partition "$A" <<< $'label: gpt\nsize=204800, type=uefi, name=EFI'
mkfs.vfat -F 32 -n EFI "${A}1"

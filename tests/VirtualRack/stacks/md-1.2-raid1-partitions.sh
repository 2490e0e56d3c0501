# Swap, boot and root mirrored on GPT partitions, as Hetzner's installer lays out two disks; file systems on the arrays.
# disks: a b
# tools: mdadm mkfs.ext4 mkswap
for member in "$A" "$B"; do
  partition "$member" <<< $'label: gpt\nsize=262144, type=raid\nsize=1048576, type=raid\ntype=raid'
done
for number in 0 1 2; do
  mdadm --create /dev/md$number --run --metadata=1.2 --homehost=rescue --name=$number --level=1 --raid-devices=2 --assume-clean \
    "$A$((number + 1))" "$B$((number + 1))"
done
mkswap /dev/md0
mkfs.ext4 -q /dev/md1
mkfs.ext4 -q /dev/md2

# A volume group on mirrored disks.
# disks: a b
# tools: mdadm lvm
mdadm --create /dev/md0 --run --metadata=1.2 --homehost=rescue --name=0 --level=1 --raid-devices=2 --assume-clean "$A" "$B"
pvcreate -qq /dev/md0
vgcreate -qq vg0 /dev/md0
lvcreate -qq -n root -L 512M vg0

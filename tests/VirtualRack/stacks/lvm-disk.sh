# A volume group over a whole disk.
# disks: a
# tools: lvm
pvcreate -qq "$A"
vgcreate -qq vg0 "$A"
lvcreate -qq -n data -L 512M vg0

# A volume group over a whole disk, with its metadata at both ends.
# disks: a
# tools: lvm
pvcreate -qq --pvmetadatacopies 2 "$A"
vgcreate -qq vg2 "$A"
lvcreate -qq -n root -L 512M vg2

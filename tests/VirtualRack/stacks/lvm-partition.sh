# A volume group in a partition, with its metadata kept twice.
# disks: a
# tools: lvm
partition "$A" <<< $'label: gpt\ntype=lvm'
pvcreate -qq --pvmetadatacopies 2 "${A}1"
vgcreate -qq vg1 "${A}1"
lvcreate -qq -n root -L 512M vg1

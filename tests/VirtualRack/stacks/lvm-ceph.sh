# An OSD as ceph-volume makes it: names and tags by its rules, the label of BlueStore (written by its layout) in the volume.
# disks: a
# tools: lvm
cluster=6b726f6e-666f-4d72-8000-00000000000c osd=6b726f6e-666f-4d72-8000-00000000000d vg=ceph-6b726f6e-666f-4d72-8000-00000000000a
lv=osd-block-$osd
pvcreate -qq "$A"
vgcreate -qq "$vg" "$A"
lvcreate -qq -y -Wn -Zn -n "$lv" -l 100%FREE "$vg"
lvchange -qq --addtag ceph.osd_id=3 --addtag "ceph.osd_fsid=$osd" --addtag ceph.type=block --addtag "ceph.cluster_fsid=$cluster" \
  --addtag ceph.cluster_name=ceph --addtag ceph.encrypted=0 "$vg/$lv"
for gib in 0 1 10 100 1000; do
  [ $((gib << 30)) -ge $(($(size "/dev/$vg/$lv") - 4096)) ] || printf 'bluestore block device\n%s\n' "$osd" | put "/dev/$vg/$lv" $((gib << 30))
done

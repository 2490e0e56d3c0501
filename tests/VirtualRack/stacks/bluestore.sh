# All five labels of BlueStore on a disk of more than 1000 GiB, by the layout (Ceph 19 keeps copies at these places).
# disks: big
# tools:
for gib in 0 1 10 100 1000; do
  printf 'bluestore block device\n6b726f6e-666f-4d72-8000-00000000000d\n' | put "$BIG" $((gib << 30))
done

# A pool's four labels (OpenZFS on-disk format): name-value list at 16 KiB of each, uberblocks in its second half; by the layout.
# disks: a
# tools:
end=$(($(size "$A") / 262144 * 262144))
string() { # NAME VALUE of at most 8 letters: one pair of an XDR list
  bytes 00000030 00000030 "$(printf %08x ${#1})"; printf %s "$1"; head -c $(((4 - ${#1} % 4) % 4)) /dev/zero
  bytes 00000009 00000001 "$(printf %08x ${#2})"; printf %s "$2"; head -c $(((4 - ${#2} % 4) % 4)) /dev/zero
}
number() { bytes 00000030 00000030 "$(printf %08x ${#1})"; printf %s "$1"; head -c $(((4 - ${#1} % 4) % 4)) /dev/zero; bytes 00000008 00000001 "$2"; }
for label in 0 262144 $((end - 524288)) $((end - 262144)); do
  { bytes 01010000 00000000 00000001; string name tank; number pool_guid 00c0ffee00c0ffee; number guid 00000badc0de0001; bytes 0000000000000000; } |
    put "$A" $((label + 16384))
  for slot in 0 1 2 3 4 5 6 7; do
    bytes 0cb1ba0000000000 8813000000000000 0"$slot"00000000000000 | put "$A" $((label + 131072 + slot * 1024))
  done
done

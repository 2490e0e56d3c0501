# An encrypted disk with a label. The key material is wiped: it is random, and nobody needs it.
# disks: a
# tools: cryptsetup
printf test | cryptsetup luksFormat -q --type luks2 --label vault --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$A" -
dd if=/dev/zero of="$A" bs=4096 seek=8 count=4088 conv=notrunc status=none

# An encrypted disk of the old format. The key material is wiped: it is random, and nobody needs it.
# disks: a
# tools: cryptsetup
printf test | cryptsetup luksFormat -q --type luks1 --pbkdf-force-iterations 1000 "$A" -
dd if=/dev/zero of="$A" bs=4096 seek=1 count=511 conv=notrunc status=none

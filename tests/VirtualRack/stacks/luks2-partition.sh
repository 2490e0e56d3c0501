# An encrypted partition, with the larger headers of cryptsetup. The key material is wiped: it is random.
# disks: a
# tools: cryptsetup
partition "$A" <<< $'label: gpt\ntype=linux'
printf test | cryptsetup luksFormat -q --type luks2 --luks2-metadata-size 1m --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "${A}1" -
dd if=/dev/zero of="${A}1" bs=4096 seek=512 count=3584 conv=notrunc status=none

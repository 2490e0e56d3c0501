# Over the whole disk.
# disks: a
# tools: mkswap
mkswap -L swap0 "$A"

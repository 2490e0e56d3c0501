# A slow disk and its cache.
# disks: a b
# tools: make-bcache
make-bcache -B "$A" -C "$B"

# A replicated disk, its metadata at the end; made without the kernel's part.
# disks: a
# tools: drbdmeta
drbdmeta --force 0 v09 "$A" internal create-md 1 < /dev/null

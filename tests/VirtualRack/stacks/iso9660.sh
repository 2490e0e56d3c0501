# What dd of an installation image leaves at 32 KiB: a primary volume descriptor and the terminator (ECMA-119), by its layout.
# disks: a
# tools:
{ bytes 01 4344303031 01 00; printf '%-32s%-32s' LINUX 'DEBIAN 12'; } | put "$A" 32768
bytes 0a00000000000000 | put "$A" $((32768 + 80))
{ bytes 01000001; bytes 01000001; bytes 00080800; } | put "$A" $((32768 + 120))
bytes ff 4344303031 01 | put "$A" $((32768 + 2048))

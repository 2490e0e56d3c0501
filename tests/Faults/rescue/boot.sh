#!/bin/sh
# Process 1 of an emulated rescue system, in namespaces of its own: a root in memory, the host's programs, the emulated machine's
# /sys and boot id. Whoever ends it ends everything that runs in there, as a reset does.   boot.sh MACHINE PROGRAM-FOLDER DOTNET-FOLDER
set -e
machine=$1 program=$2 dotnet=$3
root=$machine/root
mkdir -p "$root"
mount -t tmpfs -o mode=0755 none "$root"
cd "$root"
mkdir -p usr proc dev etc/alternatives run tmp root sys machine faults dotnet
for name in bin sbin lib lib64; do [ ! -e "/usr/$name" ] || ln -s "usr/$name" "$name"; done
mount --rbind /usr usr
mount --rbind /dev dev
mount -t proc proc proc
mount --bind /etc/alternatives etc/alternatives 2>/dev/null || true
mount --bind "$machine" machine
mount --bind "$machine/sys" sys
mount --bind "$program" faults
mount --bind "$dotnet" dotnet
mount --bind "$machine/proc/sys/kernel/random/boot_id" proc/sys/kernel/random/boot_id
[ ! -e "$machine/etc/hetzner-build" ] || cp "$machine/etc/hetzner-build" etc/
hostname "$(cat "$machine/proc/sys/kernel/hostname")"
mkdir usr-local-bin
cat > usr-local-bin/shutdown <<'S'
#!/bin/sh
echo reboot > /proc/1/fd/1
S
cp usr-local-bin/shutdown usr-local-bin/reboot
chmod 755 usr-local-bin/*
echo up
exec chroot . /bin/sh -c 'exec sleep infinity'

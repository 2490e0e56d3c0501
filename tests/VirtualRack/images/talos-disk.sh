#!/bin/bash
# talos-disk.sh OUT RESCUE EMULATOR VERSION
#
# Builds a raw disk image of the shape of a Talos metal image (partitions EFI, BIOS, BOOT, META; dual boot) whose
# operating system starts the Talos emulator. Nothing is mounted and no root is needed: every file system is a file.
#   OUT       an empty folder; receives disk.raw, disk.raw.zst and sha256 (both digests, in sha256sum's format)
#   RESCUE    what rescue.sh built: kernel, modules and tools come from there, so all of one Debian release
#   EMULATOR  the talos-emulator executable, or any program that takes its arguments
#   VERSION   Talos version the system claims to be, such as v1.13.9
# STATE and EPHEMERAL are not in the image; the system makes them at its first boot, as Talos >= 1.8 does.
set -euo pipefail
out=$1 rescue=$2 emulator=$3 version=$4
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C SOURCE_DATE_EPOCH=1700000000 MTOOLS_SKIP_CHECK=1
umask 022
tree=$rescue/tree work=$out/work
root=$work/root
mkdir -p "$root"/{bin,usr/bin,proc,sys,dev,run,tmp,state,etc/acpi/PWRF}
ln -s bin "$root/sbin"

# --- initramfs: busybox, a few tools with their libraries, the modules for disks and network, the emulator
cp "$tree/bin/busybox" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
libraries() { # FILE: the libraries it loads, found in the rescue's tree by the rescue's own loader
  "$tree/lib64/ld-linux-x86-64.so.2" --library-path "$tree/usr/lib/x86_64-linux-gnu" --list "$1" 2> /dev/null |
    grep -o '/[^ ]*\.so[^ ]*' || true
}
library() { # PATH in or out of the tree: copies it to where the loader looks by itself
  mkdir -p "$root/lib/x86_64-linux-gnu" "$root/lib64"
  case ${1##*/} in
    ld-linux*) cp -L "$tree/lib64/ld-linux-x86-64.so.2" "$root/lib64/" ;;
    *) cp -L "$tree/usr/lib/x86_64-linux-gnu/${1##*/}" "$root/lib/x86_64-linux-gnu/" ;;
  esac
}
tool() { # FILE [NAME]
  cp -L --remove-destination "$1" "$root/bin/${2:-${1##*/}}"
  for file in $(libraries "$1"); do library "$file"; done
}
tool "$tree/usr/sbin/sgdisk"
tool "$tree/usr/sbin/mke2fs"
tool "$emulator" talos-emulator
# .NET opens these by name at run time, so no loader lists them.
for name in libssl.so.3 libcrypto.so.3 libstdc++.so.6 libgcc_s.so.1; do library "$name"; done
for file in $(libraries "$tree/usr/lib/x86_64-linux-gnu/libssl.so.3"); do library "$file"; done

kernel=$(ls "$tree/usr/lib/modules")
source=$tree/usr/lib/modules/$kernel target=$root/lib/modules/$kernel
mkdir -p "$target"
# modules.dep has one line a module: its path, a colon, the paths of all it needs.
for module in virtio_pci virtio_net virtio_blk virtio_scsi nvme ahci sd_mod e1000e crc32c_generic ext4 efivarfs button evdev; do
  grep -E "(^|/)$module\.ko:" "$source/modules.dep" | tr -d ':' | tr ' ' '\n'
done | sort -u | while read -r path; do
  (cd "$source" && cp --parents "$path" "$target/")
done
cp "$source"/modules.{dep,alias,softdep,builtin,order} "$target/"

printf '%s\n' "$version" > "$root/etc/talos-version"
install -m 755 "$here/talos-init" "$root/init"
install -m 755 "$here/talos-emulator-run" "$root/bin/talos-emulator-run"
install -m 755 "$here/talos-dhcp" "$root/bin/talos-dhcp"
cp "$here/talos-inittab" "$root/etc/inittab"
printf '#!/bin/sh\nexec /bin/poweroff\n' > "$root/etc/acpi/PWRF/00000080"
chmod 755 "$root/etc/acpi/PWRF/00000080"
# -9: read by the firmware at every boot, so worth more effort than the transport; unpacking costs the same.
(cd "$root" && find . | sort | cpio -o -H newc -R 0:0 --quiet) | zstd -q -f -T0 -9 -o "$work/initramfs.zst"

# --- table: sectors of 512 bytes
efi=2048 efi_n=$((48 * 2048))
bios=$((efi + efi_n)) bios_n=2048
boot=$((bios + bios_n)) boot_n=$((4 * 2048))
meta=$((boot + boot_n)) meta_n=2048
disk=$out/disk.raw
truncate -s $(((meta + meta_n + 2048) * 512)) "$disk"
sgdisk -o -a 1 -U 6b726f6e-666f-726d-8000-000000000001 \
  -n 1:$efi:$((efi + efi_n - 1)) -t 1:C12A7328-F81F-11D2-BA4B-00A0C93EC93B -c 1:EFI \
  -n 2:$bios:$((bios + bios_n - 1)) -t 2:21686148-6449-6E6F-744E-656564454649 -c 2:BIOS \
  -n 3:$boot:$((boot + boot_n - 1)) -t 3:0FC63DAF-8483-4772-8E79-3D69D8477DE4 -c 3:BOOT \
  -n 4:$meta:$((meta + meta_n - 1)) -t 4:0FC63DAF-8483-4772-8E79-3D69D8477DE4 -c 4:META "$disk" > /dev/null
into() { dd if="$1" of="$disk" bs=512 seek="$2" conv=notrunc,sparse status=none; } # FILE SECTOR
command="console=ttyS0 quiet loglevel=3 panic=-1 net.ifnames=0 talos.platform=metal"

# --- EFI: systemd-boot, kernel and initramfs. Real images hold them twice, as a unified kernel image here and as files in
# BOOT; one copy for both loaders makes this image half as long to transfer, write and read back under emulation.
printf 'timeout 0\ndefault talos.conf\n' > "$work/loader.conf"
printf 'title Talos emulator (%s)\nlinux /EFI/talos/vmlinuz\ninitrd /EFI/talos/initramfs\noptions %s\n' \
  "$version" "$command" > "$work/talos.conf"
esp=$work/esp.img
truncate -s $((efi_n * 512)) "$esp"
mkfs.vfat -F 32 -i 4b524f4e -n EFI "$esp" > /dev/null
mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/EFI/talos ::/loader ::/loader/entries
mcopy -i "$esp" "$rescue/bzImage" ::/EFI/talos/vmlinuz
mcopy -i "$esp" "$work/initramfs.zst" ::/EFI/talos/initramfs
mcopy -i "$esp" /usr/lib/systemd/boot/efi/systemd-bootx64.efi ::/EFI/BOOT/BOOTX64.EFI
mcopy -i "$esp" "$work/loader.conf" ::/loader/loader.conf
mcopy -i "$esp" "$work/talos.conf" ::/loader/entries/talos.conf
into "$esp" $efi

# --- BOOT: GRUB's menu. Without journal, checksums and 64bit, which GRUB 2.06 need not parse. $root is the disk GRUB was
# started from and this partition, such as hd0,gpt3.
mkdir -p "$work/boot/grub"
cat > "$work/boot/grub/grub.cfg" << MENU
set timeout=0
regexp --set=1:disk '^([^,]*),' "\$root"
linux (\$disk,gpt1)/EFI/talos/vmlinuz $command
initrd (\$disk,gpt1)/EFI/talos/initramfs
boot
MENU
truncate -s $((boot_n * 512)) "$work/boot.img"
mke2fs -q -F -t ext4 -O ^has_journal,^metadata_csum,^64bit -L BOOT -d "$work/boot" "$work/boot.img"
into "$work/boot.img" $boot

# --- BIOS: GRUB's core image into its partition, its first stage into the table's first sector. grub-bios-setup wants a
# block device; the two fields it would patch are few: in boot.img the core's sector at 0x5c (and two bytes of nops at
# 0x66, so the firmware's drive number is believed), in core.img the block list at 0x1f4.
number() { # VALUE BYTES: little endian
  local value=$1 count=$2
  for ((; count > 0; count--)); do printf "\\x$(printf %02x $((value & 255)))"; value=$((value >> 8)); done
}
patch() { dd of="$1" bs=1 seek="$2" conv=notrunc status=none; } # FILE OFFSET < bytes
# The prefix names no disk, so GRUB reads from the disk it was started from, whatever the others hold.
grub-mkimage -O i386-pc -p '(,gpt3)/grub' -o "$work/core.img" biosdisk part_gpt ext2 fat regexp linux normal configfile
sectors=$((($(stat -c %s "$work/core.img") + 511) / 512))
[ $sectors -le $bios_n ]
{ number $((bios + 1)) 8; number $((sectors - 1)) 2; number $((0x820)) 2; } | patch "$work/core.img" $((0x1f4))
head -c 440 /usr/lib/grub/i386-pc/boot.img > "$work/mbr.img"
number $bios 8 | patch "$work/mbr.img" $((0x5c))
printf '\x90\x90' | patch "$work/mbr.img" $((0x66))
dd if="$work/mbr.img" of="$disk" bs=440 count=1 conv=notrunc status=none
into "$work/core.img" $bios

# --- META: tag 0x11 = dual-boot, as in images of Talos >= 1.10. Two equal blocks of 256 KiB: magic, records of
# tag/length/value (big endian), SHA-256 of the block with the digest zero, magic.
block=$work/meta.block value=dual-boot
truncate -s 262144 "$block"
{ printf '\x5a\x4b\x3c\x2d\x00\x00\x00\x11\x00\x00\x00'; number ${#value} 1; printf %s "$value"; } | patch "$block" 0
printf '\xa5\xb4\xc3\xd2' | patch "$block" 262140
digest=$(sha256sum "$block" | cut -d' ' -f1)
printf "$(printf %s "$digest" | sed 's/../\\x&/g')" | patch "$block" 262108
cat "$block" "$block" > "$work/meta.img"
into "$work/meta.img" $meta

rm -rf "$work"
zstd -q -f -T0 -3 "$disk" -o "$disk.zst"
(cd "$out" && sha256sum disk.raw disk.raw.zst > sha256)

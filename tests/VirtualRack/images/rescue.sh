#!/bin/bash
# rescue.sh OUT KERNEL=VERSION
#
# Builds the rescue system of the virtual rack: a Debian bookworm tree of ordinary packages with an init of our own.
# OUT (an empty folder) receives
#   tree/       the unpacked root (owned by whoever builds; its modules are also the source for the installed system)
#   initrd.zst  the same tree as an initramfs, everything owned by root
#   bzImage     the Debian kernel, for UEFI machines (its EFI stub is needed there)
#   vmlinux     the same kernel unpacked, booted over PVH by BIOS machines: saves about 2 s of decompression under TCG
# Works as root and, by user namespaces, as an ordinary user. Fetches with apt only.
set -euo pipefail
out=$1 kernel=$2
here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C SOURCE_DATE_EPOCH=1700000000
umask 022

tree=$out/tree
mkdir -p "$tree"
if [ "$(id -u)" = 0 ]; then mode=root devices=(); else mode=unshare devices=(--exclude='./dev/*'); fi
packages=$(grep -v '^#' "$here/rescue-packages" | paste -sd,)
mmdebstrap --quiet --mode=$mode --variant=minbase --format=tar --include="$packages" \
  --aptopt='APT::Install-Recommends "false"' bookworm - | tar -x -C "$tree" "${devices[@]}"

# --- kernel: taken from its package by hand, because installing it would build an initramfs nobody needs.
work=$out/work
mkdir -p "$work/deb"
(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$kernel")
dpkg-deb -x "$work"/linux-image-*.deb "$work/deb"
version=$(ls "$work/deb/lib/modules")
cp "$work/deb/boot/vmlinuz-$version" "$out/bzImage"
# Offsets of the x86 boot protocol: 0x1f1 setup_sects, 0x248 payload_offset, 0x24c payload_length.
field() { od -An -t "u$2" -j "$(($1))" -N "$2" "$out/bzImage" | tr -d ' '; }
start=$((($(field 0x1f1 1) + 1) * 512 + $(field 0x248 4)))
# The last four bytes of the payload are its unpacked size, appended by the kernel build; xz must not see them.
length=$(($(field 0x24c 4) - 4))
head -c $((start + length)) "$out/bzImage" | tail -c "$length" | xz -dc > "$out/vmlinux"

source=$work/deb/lib/modules/$version target=$tree/usr/lib/modules/$version
mkdir -p "$target/kernel"
cp "$source"/modules.builtin* "$source/modules.order" "$target/"
grep -v '^#' "$here/rescue-modules" | while read -r path; do
  (cd "$source/kernel" && cp -r --parents "$path" "$target/kernel/")
done

# --- single programs, by hand as well
grep -v '^#' "$here/rescue-programs" | while read -r package program; do
  [ -e "$work/$package" ] || {
    (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$package")
    dpkg-deb -x "$work/$package"_*.deb "$work/$package"
  }
  install -D "$work/$package/$program" "$tree/usr/${program#usr/}"
  (cd "$work" && printf '%s %s\n' "${program##*/}" "$(dpkg-deb -f "$package"_*.deb Package Version | tr '\n' ' ')") >> "$tree/etc/rescue-programs"
done
rm -rf "$work"
# The tree's own depmod, run by the tree's own loader: the host may have no kmod, and chroot would need root.
"$tree/lib64/ld-linux-x86-64.so.2" --argv0 depmod --library-path "$tree/usr/lib/x86_64-linux-gnu" \
  "$tree/usr/bin/kmod" -b "$tree" "$version"

# --- what a rescue over the network has no use for
rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/var/lib/dpkg/info "$tree"/usr/lib/udev/hwdb.d \
  "$tree"/usr/share/{doc,man,locale,i18n,info,bug,lintian,zoneinfo,perl,common-licenses} \
  "$tree"/usr/lib/x86_64-linux-gnu/{perl,gconv} "$tree"/usr/lib/udev/hwdb.bin "$tree"/etc/ssh/ssh_host_*

# --- identity
echo rescue > "$tree/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 rescue\n::1 localhost\n' > "$tree/etc/hosts"
printf 'Build SHA1: %s\n' "$(cat "$here"/rescue* | sha1sum | cut -d' ' -f1)" > "$tree/etc/hetzner-build"
cp "$here/rescue-motd" "$tree/etc/motd"
printf 'PS1="root@\\h \\w # "\n' >> "$tree/root/.bashrc"
cp "$here/rescue-sshd.conf" "$tree/etc/ssh/sshd_config.d/rack.conf"
cp "$here/rescue-inittab" "$tree/etc/inittab"
install -m 755 "$here/rescue-init" "$tree/init"
mkdir -p "$tree/etc/acpi/PWRF" "$tree/usr/local/sbin"
printf '#!/bin/sh\nexec /usr/local/sbin/poweroff\n' > "$tree/etc/acpi/PWRF/00000080"
chmod 755 "$tree/etc/acpi/PWRF/00000080"
for name in shutdown reboot poweroff halt; do install -m 755 "$here/rescue-shutdown" "$tree/usr/local/sbin/$name"; done

(cd "$tree" && find . -path ./dev/\* -prune -o -print | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) | zstd -q -f -T0 -3 -o "$out/initrd.zst"

# Comes after every stack: what the tools of util-linux, which share no line with this project, say of the disks. One line of
# JSON goes to descriptor 3. DISKS names the disks of the stack, TOOLS what made it.
marks() { wipefs --json "$1" | jq -cs '[.[].signatures[] | {offset, type, uuid, "label": .label}]'; }
blkid_says() { { blkid --probe --output export "$1" || true; } | jq -cRn '[inputs | select(contains("=")) | capture("^(?<key>[^=]+)=(?<value>.*)$")] | from_entries'; }
volume() { # NODE START-SECTOR NUMBER
  jq -cn --argjson start $(($2 * 512)) --argjson size "$(size "/dev/$1")" --argjson number "$3" \
    --argjson marks "$(marks "/dev/$1")" --argjson blkid "$(blkid_says "/dev/$1")" \
    '{number: $number, start: $start, sizeBytes: $size, marks: $marks, blkid: $blkid}'
}
volumes() { # NAME NODE
  volume "$2" 0 null
  for folder in /sys/block/"$2"/"$2"*; do
    [ ! -e "$folder/partition" ] || volume "${folder##*/}" "$(cat "$folder/start")" "$(cat "$folder/partition")"
  done
}
version() { # of a program, as it says itself, or as its package is called
  local said
  said=$({ "$1" --version < /dev/null || "$1" -V < /dev/null || "$1" version < /dev/null; } 2>&1 | grep -m 1 '[0-9]\.[0-9]' || true)
  [ -n "$said" ] || said=$(grep "^$1 " /etc/rescue-programs) || said="$1 of $(dpkg-query -W bcache-tools)"
  printf '%s\n' "$said"
}

udevadm settle
sync
paths=()
for name in $DISKS; do upper=$(printf %s "$name" | tr a-z A-Z); paths+=("${!upper}"); done
{
  for tool in $TOOLS util-linux; do
    case $tool in lvm) lvm version | grep -m 1 'LVM version' ;; util-linux) wipefs --version ;; *) version "$tool" ;; esac
  done | sed 's/^ *//' | jq -cRn '{madeBy: [inputs]}'
  uname -r | jq -cR '{kernel: .}'
  lsblk --json --bytes --output NAME,TYPE,SIZE,FSTYPE,FSVER,LABEL,UUID "${paths[@]}" | jq -c '{lsblk: .blockdevices}'
  for name in $DISKS; do
    upper=$(printf %s "$name" | tr a-z A-Z) node=${!upper}
    volumes "$name" "${node##*/}" | jq -cs --arg name "$name" '{name: $name, sizeBytes: .[0].sizeBytes, volumes: .}'
  done | jq -cs '{disks: .}'
} | jq -cs add >&3
stop_everything
sync

using System.Globalization;
using System.Net;
using Kronform.Provision.VirtualRack.Builds;
using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>What the mainboard decided to boot.</summary>
public abstract record BootPlan
{
    private BootPlan()
    {
    }

    public sealed record Disk : BootPlan;

    /// <param name="SeedFolder">Holds authorized_keys and hostkey_rsa, hostkey_ecdsa, hostkey_ed25519.</param>
    /// <param name="Vkvm">Hetzner's vKVM: the same disks, but shown as QEMU's own emulated ones.</param>
    public sealed record Rescue(RescueImage Image, string SeedFolder, bool Vkvm) : BootPlan;
}

/// <summary>What the machine's network card is plugged into.</summary>
public abstract record NetworkPlug
{
    private NetworkPlug()
    {
    }

    /// <param name="Gateway">The bridge's address; the rescue is given the node's own with the same prefix.</param>
    public sealed record Tap(string Device, IPAddress Gateway, int PrefixLength) : NetworkPlug;

    /// <summary>QEMU's own network, with ports 22 and 50000 forwarded from a loopback address.</summary>
    public sealed record User(IPAddress Address) : NetworkPlug;
}

/// <param name="Folder">Holds the disks as NAME.raw and, for UEFI, vars.fd.</param>
/// <param name="QmpSocket">Name of an abstract socket: those live in the network namespace and leave nothing behind.</param>
public sealed record MachinePaths(string Folder, string QmpSocket)
{
    public string Disk(DiskDescription disk) => Path.Combine(Folder, disk.Name + ".raw");

    /// <summary>Of the boot of that number, from 1.</summary>
    public string WriteRecord(DiskDescription disk, int boot) => Path.Combine(Folder, $"{disk.Name}.writes-{boot}");

    /// <summary>What SeaBIOS says of this boot, on the port on which it tells emulators.</summary>
    public string FirmwareLog => Path.Combine(Folder, "firmware.log");

    public string FirmwareVariables => Path.Combine(Folder, "vars.fd");
}

/// <summary>One machine as QEMU's command line.</summary>
public static class QemuArguments
{
    /// <summary>
    /// Everything the emulator knows (RDRAND, without which a boot waits for entropy; x86-64-v2, which Talos asks for) but AVX:
    /// emulated wide vectors cost more than they save. SHA-256 by OpenSSL, measured in the rescue: 13 MB/s with AVX2, 37 without.
    /// </summary>
    private const string Processor = "max,avx=off,avx2=off";

    public const string FirmwareCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";
    public const string FirmwareVariablesTemplate = "/usr/share/OVMF/OVMF_VARS_4M.fd";
    public const string NetworkDevice = "net0";

    /// <param name="shift">By how many places the disks of each bus have moved; see <see cref="DiskSlots"/>.</param>
    /// <param name="boot">Counted from 1.</param>
    public static IReadOnlyList<string> Build(NodeDescription node, MachinePaths paths, BootPlan plan, NetworkPlug plug, int shift, int boot)
    {
        List<string> arguments =
        [
            "-name", node.Name, "-nodefaults", "-no-user-config", "-display", "none",
            // A reset ends the process: the mainboard then decides anew what to boot, as PXE does on metal.
            "-no-reboot",
            // max has RDRAND, without which sshd waits seconds for random numbers.
            "-accel", "tcg,thread=multi", "-machine", "q35", "-cpu", Processor, "-smp", "1",
            "-m", Number(node.MemoryMiB),
            // The console goes to standard output, which the mainboard reads.
            "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
            "-chardev", $"socket,id=qmp,path={paths.QmpSocket},abstract=on,server=on,wait=off", "-mon", "chardev=qmp,mode=control",
            "-smbios", $"type=1,manufacturer=Kronform,product=Virtual Rack,serial=SRV{node.Server:d6},uuid={Uuid(node)}",
            "-device", "virtio-rng-pci,addr=0x1e",
        ];
        if (node.Firmware == Firmware.Bios)
            arguments.AddRange(["-chardev", $"file,id=firmware,path={Escaped(paths.FirmwareLog)}", "-device", "isa-debugcon,iobase=0x402,chardev=firmware"]);
        if (node.Firmware == Firmware.Uefi)
        {
            arguments.AddRange([
                "-drive", $"if=pflash,format=raw,readonly=on,file={FirmwareCode}",
                "-drive", $"if=pflash,format=raw,file={Escaped(paths.FirmwareVariables)}"]);
        }

        var vkvm = plan is BootPlan.Rescue { Vkvm: true };
        foreach (var slot in DiskSlots.Of(vkvm ? AsEmulated(node.Disks) : node.Disks, shift))
            arguments.AddRange(Disk(paths, slot, vkvm, boot));
        arguments.AddRange(Network(node, plug));
        if (plan is BootPlan.Rescue rescue)
            arguments.AddRange(Rescue(node, rescue, plug));
        return arguments;
    }

    /// <summary>Stable over the life of a server, as the mainboard's own is.</summary>
    public static string Uuid(NodeDescription node) => $"6b726f6e-666f-4d72-8000-{node.Server:x12}";

    private static IEnumerable<string> Disk(MachinePaths paths, DiskSlot slot, bool vkvm, int boot)
    {
        var disk = slot.Disk;
        var id = $"disk-{disk.Name}";
        yield return "-drive";
        yield return $"if=none,id={id},{DiskBacking.Options(paths, disk, boot)},discard=unmap";
        var order = $"bootindex={slot.BootIndex}";
        var sectors = $"logical_block_size={disk.SectorSize},physical_block_size={disk.PhysicalSectorSize}";
        switch (disk.Bus)
        {
            case DiskBus.Nvme:
                var name = $"nvme-{disk.Name}";
                yield return "-device";
                yield return $"nvme,id={name},serial={disk.Serial},addr=0x{slot.Place:x}";
                yield return "-device";
                yield return $"nvme-ns,drive={id},bus={name},{sectors},{order}";
                break;
            case DiskBus.Sata:
                var identity = vkvm ? "" : $",serial={disk.Serial}"
                    + (disk.Model is null ? "" : $",model={disk.Model}")
                    + (disk.Wwn is null ? "" : $",wwn=0x{disk.Wwn}");
                yield return "-device";
                yield return $"ide-hd,drive={id},bus=ide.{slot.Place}{identity},{sectors},rotation_rate={(disk.Rotational ? 7200 : 1)},{order}";
                break;
            case DiskBus.Virtio:
                yield return "-device";
                yield return $"virtio-blk-pci,drive={id},serial={disk.Serial},{sectors},{order},addr=0x{slot.Place:x}";
                break;
        }
    }

    private static IEnumerable<DiskDescription> AsEmulated(IEnumerable<DiskDescription> disks) =>
        disks.Take(6).Select(d => d with { Bus = DiskBus.Sata, SectorSize = 512, PhysicalSectorSize = 512, Rotational = false });

    private static IEnumerable<string> Network(NodeDescription node, NetworkPlug plug) =>
    [
        "-netdev", plug switch
        {
            NetworkPlug.Tap tap => $"tap,id={NetworkDevice},ifname={tap.Device},script=no,downscript=no",
            NetworkPlug.User user => $"user,id={NetworkDevice},hostfwd=tcp:{user.Address}:22-:22,hostfwd=tcp:{user.Address}:50000-:50000",
            _ => throw new System.Diagnostics.UnreachableException(),
        },
        // No option ROM: booting from the network is the mainboard's decision, not iPXE's.
        "-device", $"virtio-net-pci,netdev={NetworkDevice},mac={node.Mac},romfile=,addr=0x1d",
    ];

    private static IEnumerable<string> Rescue(NodeDescription node, BootPlan.Rescue rescue, NetworkPlug plug)
    {
        yield return "-kernel";
        yield return node.Firmware == Firmware.Uefi ? rescue.Image.UefiKernel : rescue.Image.BiosKernel;
        yield return "-initrd";
        yield return rescue.Image.Initrd;
        yield return "-append";
        yield return "console=ttyS0 net.ifnames=0 panic=-1 quiet loglevel=3";
        foreach (var file in new[] { "authorized_keys", "hostkey_rsa", "hostkey_ecdsa", "hostkey_ed25519" })
        {
            yield return "-fw_cfg";
            yield return $"name=opt/rack/{file},file={Escaped(Path.Combine(rescue.SeedFolder, file))}";
        }

        if (plug is NetworkPlug.Tap tap)
        {
            yield return "-fw_cfg";
            yield return $"name=opt/rack/address,string={node.Address}/{tap.PrefixLength}";
            yield return "-fw_cfg";
            yield return $"name=opt/rack/gateway,string={tap.Gateway}";
        }
    }

    /// <summary>QEMU splits options at commas and reads two as one.</summary>
    internal static string Escaped(string path) => path.Replace(",", ",,", StringComparison.Ordinal);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

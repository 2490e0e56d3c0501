using System.Globalization;
using System.Text.Json;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.TalosEmulator.Hardware;

namespace Kronform.Provision.Faults.World;

/// <param name="Holds">See <see cref="DiskContents"/>.</param>
/// <param name="Model">As sysfs has it.</param>
internal sealed record DiskSpec(string Serial, long SizeBytes, string? Wwn, string Holds, string Model = "SAMSUNG MZ7LH960")
{
    public bool Mounted { get; init; }
}

/// <summary>The disks of one server: real files that keep their content, under letters that may change from boot to boot. And its board.</summary>
internal sealed class MachineDisks : IDisposable
{
    private readonly FakeHost _host = new();
    private readonly IReadOnlyList<DiskSpec> _disks;
    private readonly HashSet<string> _gone = [];
    private string _exchanged = "";

    public MachineDisks(IReadOnlyList<DiskSpec> disks)
    {
        _disks = disks;
        Folder = Path.GetDirectoryName(_host.PathOf("none"))!;
        foreach (var disk in disks) DiskContents.Fill(FileOf(disk.Serial), disk);
        Arrange(shuffled: false, wwns: true, models: null);
        SetBoard();
    }

    /// <summary>The machine as its rescue system sees it: sys, proc, run, etc and the disks.</summary>
    public string Folder { get; }

    public string FileOf(string serial) => Path.Combine(Folder, "disk-" + serial);

    public void TakeOut(string serial) => _gone.Add(serial);

    /// <summary>Another machine altogether from now on: its board, its network card and all its disks. What the disks hold is the same.</summary>
    public void Exchange()
    {
        _exchanged = "-OTHER";
        SetBoard();
    }

    /// <summary>What a boot finds: letters in another order, no WWNs, or other models.</summary>
    public void Arrange(bool shuffled, bool wwns, string? models)
    {
        foreach (var folder in new[] { "sys/block", "sys/devices", "run/udev" })
        {
            if (Directory.Exists(Path.Combine(Folder, folder))) Directory.Delete(Path.Combine(Folder, folder), recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(Folder, "sys/block"));
        foreach (var link in Directory.GetFiles(Folder, "dev-*")) File.Delete(link);
        File.WriteAllText(Path.Combine(Folder, "proc/self/mountinfo"), "1 1 0:2 / / rw - tmpfs none rw\n");
        var present = _disks.Where(d => !_gone.Contains(d.Serial)).ToList();
        for (int n = 0; n < present.Count; n++)
        {
            var disk = present[shuffled ? present.Count - 1 - n : n];
            string name = $"sd{(char)('a' + n)}", number = $"8:{n * 16}";
            File.CreateSymbolicLink(Path.Combine(Folder, "dev-" + name), "disk-" + disk.Serial);
            var udev = new Dictionary<string, string> { ["ID_SERIAL_SHORT"] = disk.Serial + _exchanged };
            if (wwns && disk.Wwn is { } wwn) udev["ID_WWN"] = wwn;
            _host.Add(new FakeDisk(name, disk.SizeBytes)
            {
                Bus = $"pci0000:00/0000:00:17.0/ata{n + 1}/host{n}/target{n}:0:0/{n}:0:0:0", Number = number, Model = models ?? disk.Model, Udev = udev,
            });
            if (disk.Mounted) File.AppendAllText(Path.Combine(Folder, "proc/self/mountinfo"), $"{20 + n} 1 {number} / /mnt rw - ext4 /dev/{name} rw\n");
        }
    }

    /// <summary>What a boot begins with: another id, and nothing in the memory of the system before.</summary>
    public void SetBoot(string bootId, string hostname)
    {
        if (Directory.Exists(Path.Combine(Folder, "run/kronform"))) Directory.Delete(Path.Combine(Folder, "run/kronform"), recursive: true);
        _host.Put("proc/sys/kernel/random/boot_id", bootId + "\n");
        _host.Put("proc/sys/kernel/hostname", hostname + "\n");
    }

    /// <summary>Hashes of all contents by serial.</summary>
    public IReadOnlyDictionary<string, string> Hashes() => _disks.ToDictionary(d => d.Serial, d => ContentHash.Of(FileOf(d.Serial)));

    public byte[] Read(string serial, long offset, int count)
    {
        using var file = new FileStream(FileOf(serial), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = offset;
        var bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>As the Talos emulator wants to be told.</summary>
    public byte[] ForTalos() => JsonSerializer.SerializeToUtf8Bytes(
        _disks.Where(d => !_gone.Contains(d.Serial)).Select((d, n) => new EmulatedDisk
        {
            Name = $"sd{(char)('a' + n)}", Size = d.SizeBytes, Serial = d.Serial + _exchanged, Wwid = d.Wwn is { } wwn ? "naa." + wwn[2..] : "", Model = d.Model, Transport = "sata",
        }), JsonSerializerOptions.Web);

    public void Dispose() => _host.Dispose();

    private void SetBoard()
    {
        var board = Guid.NewGuid();
        _host.Put("sys/class/dmi/id/product_uuid", board + "\n");
        _host.Put("sys/class/net/eth0/address", $"02:{string.Join(':', board.ToByteArray().Take(5).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)))}\n");
        _host.Put("sys/class/net/eth0/device/vendor", "0x8086\n");
    }
}

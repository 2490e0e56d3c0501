using System.Collections.Concurrent;
using System.Text;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>What the kernel and udev would show of one disk.</summary>
internal sealed record FakeDisk(string Name, long SizeBytes)
{
    public string Bus { get; init; } = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0";

    /// <summary>Major and minor number; one of a row when null.</summary>
    public string? Number { get; init; }

    public string? Model { get; init; }

    public string? Vendor { get; init; }

    public int SectorBytes { get; init; } = 512;

    public bool Rotational { get; init; }

    public bool HasDevice { get; init; } = true;

    /// <summary>Further files below the disk's folder, and their content.</summary>
    public Dictionary<string, string> Files { get; init; } = [];

    public Dictionary<string, string> Udev { get; init; } = [];

    public string[] Links { get; init; } = [];
}

/// <summary>A machine in a folder: sysfs with its links, /proc, udev's database, and disks as sparse files.</summary>
internal sealed class FakeHost : IDiskDevices, IUdev, ISmartctl, IKernelLog, IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, int> _sectors = [];
    private int _minor;

    public FakeHost()
    {
        Put("sys/class/net/.keep", "");
        Put("sys/block/.keep", "");
        File.Delete(_folder["sys/block/.keep"]);
        File.Delete(_folder["sys/class/net/.keep"]);
        Put("proc/self/mountinfo", "1 1 0:2 / / rw - tmpfs none rw\n");
        Put("proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
        Put("proc/sys/kernel/hostname", "rescue\n");
        Put("proc/sys/kernel/random/boot_id", "0b0e5a3c-6f7b-4a1e-8c57-0d5a1c2b3d4e\n");
        Put("etc/hetzner-build", "Build SHA1: 0\n");
    }

    public HostRoots Roots => new(_folder["sys"], _folder["proc"], _folder["run"], _folder["etc"]);

    public Trouble Trouble { get; } = new();

    /// <summary>What happens while udev settles.</summary>
    public Func<bool> OnSettle { get; set; } = () => true;

    /// <summary>What smartctl prints of a disk; null where there is none.</summary>
    public Func<string, CancellationToken, Task<string?>> OnHealth { get; set; } = (_, _) => Task.FromResult<string?>(null);

    public string PathOf(string name) => _folder[$"dev-{name}"];

    public FakeHost Add(FakeDisk disk)
    {
        var number = disk.Number ?? $"8:{_minor++ * 16}";
        var device = $"sys/devices/{disk.Bus}";
        var folder = $"{device}/block/{disk.Name}";
        Put($"{folder}/dev", number + "\n");
        Put($"{folder}/size", $"{disk.SizeBytes / 512}\n");
        Put($"{folder}/queue/logical_block_size", $"{disk.SectorBytes}\n");
        Put($"{folder}/queue/physical_block_size", $"{disk.SectorBytes}\n");
        Put($"{folder}/queue/rotational", disk.Rotational ? "1\n" : "0\n");
        Directory.CreateDirectory(_folder[$"{folder}/holders"]);
        if (disk.Model is not null) Put($"{device}/model", disk.Model + "\n");
        if (disk.Vendor is not null) Put($"{device}/vendor", disk.Vendor + "\n");
        foreach (var (name, content) in disk.Files) Put($"{folder}/{name}", content + "\n");
        if (disk.HasDevice) Directory.CreateSymbolicLink(_folder[$"{folder}/device"], "../../../" + Path.GetFileName(disk.Bus));
        Directory.CreateSymbolicLink(_folder[$"sys/block/{disk.Name}"], $"../devices/{disk.Bus}/block/{disk.Name}");
        if (disk.Udev.Count > 0 || disk.Links.Length > 0) PutUdev(number, disk);
        _sectors[disk.Name] = disk.SectorBytes;
        if (!File.Exists(PathOf(disk.Name)))
        {
            using var file = File.Create(PathOf(disk.Name));
            file.SetLength(disk.SizeBytes);
        }
        return this;
    }

    public void PutUdev(string number, FakeDisk disk) => Put($"run/udev/data/b{number}",
        string.Concat(disk.Links.Select(link => $"S:{link}\n")) + "I:123\n" + string.Concat(disk.Udev.Select(pair => $"E:{pair.Key}={pair.Value}\n")));

    public void Put(string path, string content) => Put(path, Encoding.UTF8.GetBytes(content));

    public void Put(string path, byte[] content)
    {
        var file = _folder[path];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
    }

    public void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        Directory.CreateSymbolicLink(_folder[path], target);
    }

    public void Write(string disk, long offset, ReadOnlySpan<byte> bytes)
    {
        using var file = File.OpenWrite(PathOf(disk));
        file.Position = offset;
        file.Write(bytes);
    }

    public byte[] Read(string disk, long offset, int count)
    {
        using var file = new FileStream(PathOf(disk), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = offset;
        var bytes = new byte[count];
        file.ReadExactly(bytes);
        return bytes;
    }

    public IDiskDevice OpenToRead(string name) => new FileDisk(name, PathOf(name), _sectors[name]);

    public IDiskDevice Hold(string name) => Trouble.Busy
        ? throw new DiskIoException($"Could not open {name}: Device or resource busy (16)", 16)
        : new TroubledDisk(new FileDisk(name, PathOf(name), _sectors[name]), Trouble);

    public Task<bool> SettleAsync(TimeSpan limit, CancellationToken cancellation) => Task.FromResult(OnSettle());

    public Task<string?> HealthAsync(string name, CancellationToken cancellation) => OnHealth(name, cancellation);

    public AgentWorld World(TimeProvider? time = null)
    {
        var jobs = new JobsInProcess();
        return jobs.World = new(Roots, this, this, this, this, time ?? TimeProvider.System, jobs);
    }

    /// <summary>What the kernel says from now on.</summary>
    public ConcurrentQueue<string> KernelWords { get; } = new();

    public IReadOnlyList<string> ReadNew()
    {
        var lines = new List<string>();
        while (KernelWords.TryDequeue(out var line)) lines.Add(line);
        return lines;
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>Runs what would be a job's own process inside this one, with nothing in common with whoever started it.</summary>
internal sealed class JobsInProcess : IJobProcesses
{
    public AgentWorld World { get; set; } = null!;

    public Task Start(JobFolder job, string command, string order) => Task.Run(() => new AgentApp(World).RunAsync(
        ["work", job.Id, command], new MemoryStream(Encoding.UTF8.GetBytes(order + "\n")), Stream.Null, TextWriter.Null, watchInput: true, CancellationToken.None));
}

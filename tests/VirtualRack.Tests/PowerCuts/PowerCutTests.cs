using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Disks;
using Kronform.Provision.VirtualRack.Machines;
using Kronform.Provision.VirtualRack.Tests.Runs;

namespace Kronform.Provision.VirtualRack.Tests.PowerCuts;

/// <summary>
/// One whole run on a disk with an old Talos, all commands that reached the disk kept; then as many power cuts as asked for, made of that record,
/// and a few of the disks they leave booted for real.
/// </summary>
public sealed partial class PowerCutTests
{
    /// <summary>Set by scripts/bench crash.</summary>
    private const string CountVariable = "KRONFORM_POWER_CUTS", SeedVariable = "KRONFORM_POWER_CUTS_SEED";

    private const int UsualCount = 200, LeastDifferent = 20;
    private const string SystemSerial = "S45PNA0M100321";
    private const string Image = "Talos in maintenance mode", Nothing = "no bootable device";
    private static readonly TimeSpan BootPatience = TimeSpan.FromMinutes(4);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static int Count => Number(CountVariable) ?? UsualCount;

    private static int Seed => Number(SeedVariable) ?? 1;

    [Theory]
    [InlineData(Firmware.Bios)]
    [InlineData(Firmware.Uefi)]
    public async Task Wherever_power_fails_firmware_finds_the_whole_old_system_nothing_or_the_whole_image(Firmware firmware)
    {
        await using var rack = await ProvisionedRack.StartAsync("power-cut", firmware);
        string beforeFile = Path.Combine(rack.Folder, "before.raw");
        // The machine tries to boot this disk, which has no boot code; nobody writes to it until the provisioner comes.
        await CopySparseAsync(SystemDisk.PathOf(rack.Rack, "n4", "system.raw"), beforeFile);
        var ceph = (await rack.DisksAsync())["ceph"];

        var watch = Stopwatch.StartNew();
        (await rack.ProvisionAsync(["n4", "--allow-data-loss", SystemSerial])).AssertHealthy("changed");
        Say($"the run took {watch.Elapsed.TotalSeconds:0.0} s");
        await rack.Rack.Control.DoAsync("n4", "power-cut", Token);

        using var before = File.OpenHandle(beforeFile);
        using var record = await OpenRecordAsync(rack);
        var trial = new PowerCutTrial(record, new DiskContent(before));
        AssertIsTheImage(trial.After, rack);
        var (nothing, complete) = JudgeAll(trial, record);

        await BootsAsync(rack, complete, Image);
        await BootsAsync(rack, nothing, Nothing);
        Assert.Equal(ceph, (await rack.DisksAsync())["ceph"]);
    }

    /// <summary>While the image is written; reading it back is so short here that the cut would often come after the commit, which the recorded cuts cover.</summary>
    [Fact]
    public async Task A_server_that_loses_power_then_starts_nothing_and_becomes_healthy_by_the_same_command()
    {
        const string during = "writing";
        await using var rack = await ProvisionedRack.StartAsync("power-cut");
        Task? cut = null;
        var failed = await rack.ProvisionAsync(["n4", "--allow-data-loss", SystemSerial, "--max-resets", "1"], e =>
        {
            if (e.Kind == "status" && e.Text == during) cut ??= rack.Rack.Control.DoAsync("n4", "power-cut", Token);
            return false;
        });
        Assert.True(cut is not null, $"the run never came to {during}:\n{ProvisionedRack.Tail(failed.Events)}");
        await cut;
        Assert.Equal("failed", failed.Outcome());
        Say($"power cut while {during}: {failed.Result()!.Json}");
        using (var file = File.OpenHandle(SystemDisk.PathOf(rack.Rack, "n4", "system.raw"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
            Assert.Empty(StartableTables.Find(new DiskContent(file)));
        await PowerOnAsync(rack, Nothing);

        (await rack.ProvisionAsync(["n4", "--allow-data-loss", SystemSerial])).AssertHealthy("changed");
    }

    private static (DiskContent Nothing, DiskContent Complete) JudgeAll(PowerCutTrial trial, WriteRecord record)
    {
        var watch = Stopwatch.StartNew();
        var counts = new Dictionary<CutOutcome, int>();
        var contents = new HashSet<string>();
        var hybrids = new List<string>();
        DiskContent? nothing = null, complete = null;
        foreach (var cut in trial.Cut(Count, Seed))
        {
            counts[cut.Outcome] = counts.GetValueOrDefault(cut.Outcome) + 1;
            contents.Add(cut.Disk.Digest());
            if (cut.Outcome == CutOutcome.Hybrid) hybrids.Add(cut.What);
            // The last disk with nothing to start holds most of the image, the first complete one is that of the second cut.
            if (cut.Outcome == CutOutcome.Nothing) nothing = cut.Disk;
            if (cut.Outcome == CutOutcome.Complete) complete ??= cut.Disk;
        }

        Say($"{record.Entries.Count} commands, {record.Entries.Count(e => e.Flushes)} flushes, {record.Entries.Sum(e => e.Length) >> 20} MiB written");
        Say($"{counts.Values.Sum()} power cuts from seed {Seed} in {watch.Elapsed.TotalSeconds:0} s left {contents.Count} different disks: "
            + string.Join(", ", counts.OrderBy(c => c.Key).Select(c => $"{c.Value} {c.Key}")));
        Assert.True(hybrids.Count == 0, $"{hybrids.Count} of {Count} power cuts left a disk that is neither:\n{string.Join('\n', hybrids.Take(10))}");
        Assert.True(contents.Count >= LeastDifferent, $"only {contents.Count} different disks");
        Assert.All(new[] { CutOutcome.Old, CutOutcome.Nothing, CutOutcome.Complete }, outcome => Assert.True(counts.GetValueOrDefault(outcome) > 0, $"no power cut left {outcome}"));
        return (nothing!, complete!);
    }

    private static async Task<WriteRecord> OpenRecordAsync(ProvisionedRack rack)
    {
        var status = await rack.Rack.NodeAsync("n4", Token);
        int rescue = status.Boots.Last(boot => boot.Kind == BootKind.Rescue).Number;
        return WriteRecord.Open(SystemDisk.PathOf(rack.Rack, "n4", $"system.writes-{rescue.ToString(CultureInfo.InvariantCulture)}"));
    }

    /// <summary>Byte for byte, but for META, which carries the nonce.</summary>
    private static void AssertIsTheImage(DiskContent disk, ProvisionedRack rack)
    {
        string yaml = File.ReadAllText(Path.Combine(rack.ClusterFolder, "provision.yaml"));
        byte[] image = File.ReadAllBytes(ImageFile().Match(yaml).Groups[1].Value);
        var meta = SystemDisk.Partition(image, "META");
        byte[] written = disk.Read(0, image.Length);
        Assert.True(written.AsSpan(0, (int)meta.Offset).SequenceEqual(image.AsSpan(0, (int)meta.Offset)), "before META the disk is not the image");
        Assert.True(written.AsSpan((int)meta.End).SequenceEqual(image.AsSpan((int)meta.End)), "behind META the disk is not the image");
    }

    private static async Task BootsAsync(ProvisionedRack rack, DiskContent disk, string what)
    {
        await rack.Rack.Control.DoAsync("n4", "power-cut", Token);
        disk.Save(SystemDisk.PathOf(rack.Rack, "n4", "system.raw"));
        await PowerOnAsync(rack, what);
    }

    private static async Task PowerOnAsync(ProvisionedRack rack, string what)
    {
        // What the firmware said at the boot before.
        File.Delete(FirmwareLog(rack));
        int boot = (await rack.Rack.NodeAsync("n4", Token)).Boots.Count + 1;
        var watch = Stopwatch.StartNew();
        await rack.Rack.Control.DoAsync("n4", "power-on", Token);
        await rack.Rack.UntilAsync("n4", what, (status, events) => status.Boots.Count == boot && Came(rack, boot, events) is { } came
            && (came == what ? true : throw new InvalidOperationException($"expected {what}, but {came}")), BootPatience, Token);
        Say($"{what} after {watch.Elapsed.TotalSeconds:0.0} s");
    }

    /// <summary>What came of the boot; null while it goes on.</summary>
    private static string? Came(ProvisionedRack rack, int boot, IReadOnlyList<NodeEvent> events)
    {
        if (events.Any(e => e.Boot == boot && e.Line.StartsWith("RACK-TALOS {\"event\":\"maintenance\"", StringComparison.Ordinal))) return Image;
        if (rack.Rack.Node("n4").Firmware == Firmware.Bios)
            return File.Exists(FirmwareLog(rack)) && Text(FirmwareLog(rack)).Contains("No bootable device.", StringComparison.Ordinal) ? Nothing : null;
        // OVMF writes to the console, whose log is of all boots. It has a shell of its own, to which it comes after all disks.
        string said = Text(rack.Rack.Node("n4").SerialLog);
        int start = said.LastIndexOf($"boot {boot.ToString(CultureInfo.InvariantCulture)}: disk", StringComparison.Ordinal);
        return start >= 0 && InternalShell().IsMatch(said[start..]) ? Nothing : null;
    }

    private static string FirmwareLog(ProvisionedRack rack) => SystemDisk.PathOf(rack.Rack, "n4", "firmware.log");

    private static string Text(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static async Task CopySparseAsync(string from, string to)
    {
        using var process = Process.Start("cp", ["--sparse=always", from, to]);
        await process.WaitForExitAsync(Token);
        Assert.Equal(0, process.ExitCode);
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    private static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    [GeneratedRegex(@"BdsDxe: failed to load [^\n]*S45PNA0M100321[^\n]*Not Found[\s\S]*BdsDxe: starting [^\n]*EFI Internal Shell")]
    private static partial Regex InternalShell();

    [GeneratedRegex(@"file: (\S+)\.zst")]
    private static partial Regex ImageFile();
}

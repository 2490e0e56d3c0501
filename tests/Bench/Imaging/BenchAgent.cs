using System.Text;
using System.Text.Json;
using Kronform.Provision.Agent;
using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Imaging.Decoding;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Bench.Imaging;

/// <summary>
/// The agent as it is, on a real block device. Only what it believes of the machine comes from a folder: it would not take a
/// loop device for a disk.
/// </summary>
internal static class BenchAgent
{
    private const string DiskName = "sda";

    /// <param name="arguments">DEVICE URL SHA256.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (device, url, sha256) = (arguments[0], arguments[1], arguments[2]);
        using var nodes = new TempFolder();
        File.CreateSymbolicLink(nodes[DiskName], device);
        var real = new BlockDevices(nodes.Path);
        long size;
        using (var opened = real.OpenToRead(DiskName)) size = opened.SizeBytes;
        using var host = new FakeHost();
        host.Add(new FakeDisk(DiskName, size) { Udev = { ["ID_SERIAL_SHORT"] = "BENCH", ["ID_WWN"] = "0x5000000000000001" } });
        var app = new AgentApp(host.World() with { Devices = real });

        var inventory = ((InventoryTaken)(await EventsAsync(app, "", "inventory"))[^1]).Inventory;
        var disk = inventory.Disks.Single();
        var order = new WriteOrder
        {
            Disk = disk.Identity,
            DiskStateHash = DiskState.Hash(disk),
            Node = "bench",
            PlanHash = PlanHash.Compute("bench", disk.Identity, inventory.Disks, sha256),
            BootNonce = "bench",
            Image = new ImageSource { Kind = "http", Url = url, Sha256 = sha256 },
        };
        var events = await EventsAsync(app, JsonSerializer.Serialize(order, ProtocolJson.Default.WriteOrder) + "\n", "write");
        var steps = events.OfType<AgentStep>().Select(step => $"{step.Step} {step.ElapsedMs}");
        Console.WriteLine($"{string.Join(' ', steps)} end {events[^1].ElapsedMs}");
        if (events[^1] is ImageWritten) return 0;
        Console.Error.WriteLine(ProtocolJson.ToLine(events[^1]));
        return 1;
    }

    /// <summary>Expands a file and drops what comes out.</summary>
    public static int Decode(string file)
    {
        using var content = File.OpenRead(file);
        var vitals = new Vitals(TimeProvider.System);
        var source = new TransferSource((into, cancellation) => content.ReadAsync(into, cancellation), content.Length, vitals);
        var pump = Task.Run(() => source.PumpAsync(CancellationToken.None));
        using var expanded = ImageFormat.Open(new TransferStream(source, vitals, CancellationToken.None));
        var piece = new byte[ChunkDigest.PieceBytes];
        var began = TimeProvider.System.GetTimestamp();
        while (expanded.Read(piece) > 0)
        {
        }
        // Without the start of the process, which the native tool hardly has.
        Console.WriteLine(TimeProvider.System.GetElapsedTime(began).TotalSeconds.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture));
        pump.Wait();
        return 0;
    }

    private static async Task<IReadOnlyList<AgentEvent>> EventsAsync(AgentApp app, string input, string command)
    {
        using var output = new MemoryStream();
        using var order = new MemoryStream(Encoding.UTF8.GetBytes(input));
        await app.RunAsync([command], order, output, Console.Error, watchInput: false, CancellationToken.None);
        return [.. Encoding.UTF8.GetString(output.ToArray()).Split('\n').Select(ProtocolJson.FromLine).OfType<AgentEvent>()];
    }
}

using System.Text.Json;
using System.Text.RegularExpressions;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Bench.Fleet.World;

/// <summary>What a rescue system and the agent in it answer to the commands of a run, at the pace of the real ones.</summary>
internal sealed partial class RescueShell(FleetServer server, SshWire wire, Reactions reactions, TimeProvider time)
{
    private const long ImageBytes = 1_300_234_240;
    private const int ChunkBytes = 4 << 20;
    private const int MarkBytes = 4;

    /// <summary>As the agent's.</summary>
    private static readonly TimeSpan ProgressPace = TimeSpan.FromMilliseconds(500);

    private int _events;

    public async Task RunAsync(string command, string? order, CancellationToken cancellation)
    {
        _events = 0;
        if (command.StartsWith("echo hostname=", StringComparison.Ordinal)) await ProveAsync(cancellation);
        else if (Delivered().Match(command) is { Success: true } digest)
        {
            server.AgentSha256 = digest.Groups[1].Value;
            await LineAsync("delivered", cancellation);
        }
        else if (command.EndsWith(" inventory", StringComparison.Ordinal)) await TellAsync(new InventoryTaken { Inventory = server.Machine.Inventory(server.BootId) }, cancellation);
        else if (command.EndsWith(" jobs", StringComparison.Ordinal)) await TellAsync(new JobsListed { Jobs = [] }, cancellation);
        else if (command.EndsWith(" write", StringComparison.Ordinal)) await WriteAsync(JsonSerializer.Deserialize(order!, ProtocolJson.Default.WriteOrder)!, cancellation);
        else if (command.Contains("shutdown -r", StringComparison.Ordinal))
        {
            reactions.End(server.Machine.Name, Change.ImageWritten);
            await LineAsync("rebooting", cancellation);
            await wire.SayAsync(new SshTell { Exit = 0 }, cancellation);
            _ = server.BootAsync();
            return;
        }
        else
        {
            await wire.SayAsync(new SshTell { Exit = 127 }, cancellation);
            return;
        }

        await wire.SayAsync(new SshTell { Exit = 0 }, cancellation);
    }

    private async Task ProveAsync(CancellationToken cancellation)
    {
        foreach (string line in (string[])["hostname=rescue", $"boot-id={server.BootId}", "root=rootfs", "build=yes", "machine=x86_64", "models=SAMSUNG MZVL2512HCJQ-00B00;"])
            await LineAsync(line, cancellation);
        if (server.AgentSha256 is { } agent) await LineAsync($"agent={agent}", cancellation);
    }

    private async Task WriteAsync(WriteOrder order, CancellationToken cancellation)
    {
        await TellAsync(new AgentStarted { Protocol = AgentStarted.CurrentProtocol, AgentVersion = "fleet", Command = "write" }, cancellation);
        await TellAsync(new AgentStep { Step = AgentSteps.Save, Description = "saving what will be wiped" }, cancellation);
        await TellAsync(new SavingDone { Pieces = 0, Bytes = 0 }, cancellation);
        if (await wire.HearAsync<SshAsk>(cancellation) is not { Input: WriteOrder.SavedAnswer + "\n" }) throw new InvalidOperationException($"{server.Machine.Name} was not told that all is saved");
        await TellAsync(new AgentStep { Step = AgentSteps.Write, Description = "writing the image" }, cancellation);
        var began = time.GetTimestamp();
        for (TimeSpan gone; (gone = time.GetElapsedTime(began)) < server.WriteTime;)
        {
            long done = (long)(ImageBytes * (gone / server.WriteTime));
            await TellAsync(new AgentProgress { Step = AgentSteps.Write, BytesIn = done / 10, BytesOut = done, TotalBytes = ImageBytes / 10 }, cancellation);
            await Task.Delay(ProgressPace, time, cancellation);
        }

        server.Nonce = order.BootNonce;
        await TellAsync(new ImageWritten
        {
            Disk = order.Disk, DeviceName = "nvme0n1", WrittenBytes = ImageBytes, ContentDigest = order.PlanHash, SourceSha256 = order.Image.Sha256,
            ChunkMarks = Convert.ToBase64String(new byte[(ImageBytes + ChunkBytes - 1) / ChunkBytes * MarkBytes]), PartitionLabels = ["EFI", "BIOS", "BOOT", "META"],
        }, cancellation);
        reactions.Begin(server.Machine.Name, Change.ImageWritten);
    }

    private ValueTask TellAsync(AgentEvent agentEvent, CancellationToken cancellation) =>
        LineAsync(ProtocolJson.ToLine(agentEvent with { Index = ++_events }), cancellation);

    private ValueTask LineAsync(string line, CancellationToken cancellation) => wire.SayAsync(new SshTell { Line = line }, cancellation);

    [GeneratedRegex("gzip -dc > .*; echo '([0-9a-f]{64}) ")]
    private static partial Regex Delivered();
}

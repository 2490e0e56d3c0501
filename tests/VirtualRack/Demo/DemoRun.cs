using System.Diagnostics;
using System.Text.Json;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Handle;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Demo;

/// <summary>The demonstration: provision n4 from a blank server to healthy, then again, then the proof about the other disks.</summary>
internal sealed class DemoRun(string provision, Firmware firmware, bool keep, string? jsonFile, TimeProvider time)
{
    private const string Node = "n4";

    /// <returns>0 when everything was as promised.</returns>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("kronform-demo-").FullName;
        bool stays = false;
        try
        {
            long started = time.GetTimestamp();
            Say($"Starting a virtual rack with one {firmware.ToString().ToUpperInvariant()} server, {Node}: a blank system disk, a Ceph OSD, a disk with a file system");
            await using var rack = await RackProcess.StartAsync(
                firmware == Firmware.Uefi ? "one-uefi" : "one-bios",
                new RackOptions(Path.Combine(folder, "rack"), Say: Say, Detached: keep), time, cancellation);
            Say($"The rack is up after {time.GetElapsedTime(started).TotalSeconds:0.0} s");
            var before = await rack.DiskDigestsAsync(Node, cancellation);

            Say($"$ provision {Node}");
            var first = await ProvisionAsync(rack, folder, "first", cancellation);
            var afterFirst = await rack.DiskDigestsAsync(Node, cancellation);
            Say($"$ provision {Node}        # again: nothing should happen");
            var second = await ProvisionAsync(rack, folder, "second", cancellation);

            var status = await rack.NodeAsync(Node, cancellation);
            var events = await rack.EventsAsync(Node, cancellation);
            var claims = DemoClaims.Check(rack.Node(Node), first, second, before, afterFirst, status, events);
            Say("");
            foreach (var claim in claims) Say($"  {(claim.Holds ? "yes" : "NO ")}  {claim.Text}");
            Say("");
            foreach (var phase in first.Phases) Say($"  {phase.Phase,-12}{phase.Seconds,8:0.0} s");
            Say($"  {"total",-12}{first.Phases.Sum(p => p.Seconds),8:0.0} s   (second run {second.Phases.Sum(p => p.Seconds):0.0} s)");
            if (jsonFile is not null)
                await File.WriteAllTextAsync(jsonFile, JsonSerializer.Serialize(new { Firmware = firmware.ToString().ToLowerInvariant(), First = first, Second = second, Claims = claims }, RackJson.Options), cancellation);

            stays = keep;
            if (keep) PrintHowToReach(rack);
            return claims.All(c => c.Holds) ? 0 : 1;
        }
        finally
        {
            if (!stays) Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<ProvisionOutcome> ProvisionAsync(RackProcess rack, string folder, string name, CancellationToken cancellation)
    {
        string events = Path.Combine(folder, name + ".events");
        // Not redirected: on a terminal the program shows its live progress.
        using var process = Process.Start(new ProcessStartInfo(RackProcess.Program,
            ["exec", rack.Directory, "--", provision, Node, "--file", Path.Combine(rack.Directory, "cluster", "provision.yaml"),
             "--state", Path.Combine(folder, "state"), "--timings", "--events", events]))!;
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return ProvisionOutcome.Read(events, process.ExitCode);
    }

    private static void PrintHowToReach(RackProcess rack)
    {
        string exec = $"{RackProcess.Program} exec {rack.Directory} --";
        Say("");
        Say("The rack stays up:");
        Say($"  {exec} COMMAND    runs anything in its network; {Node} is {rack.Node(Node).Address}");
        Say($"  tail -f {rack.Node(Node).SerialLog}");
        Say($"  ls {Path.Combine(rack.Directory, "cluster")}                  the operator's folder: provision.yaml, machine configs, SSH key");
        Say($"  kill {rack.File.NamespacePid}                                 ends it; nothing is left behind but {Path.GetDirectoryName(rack.Directory)}");
    }

    private static void Say(string line) => Console.WriteLine(line);
}

using System.Globalization;
using Kronform.Provision.VirtualRack.Builds;
using Kronform.Provision.VirtualRack.Control;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Disks;
using Kronform.Provision.VirtualRack.Isolation;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Hosting;

/// <summary>Builds the rack in the namespaces this process is the first of, and keeps it until it is told to stop.</summary>
internal static class RackHost
{
    /// <param name="talos">The image the cluster folder names; null leaves that folder out.</param>
    /// <param name="ready">Called when rack.json is written.</param>
    /// <param name="cancellation">Ends the rack.</param>
    public static async Task RunAsync(
        RackDescription rack, string directory, bool bridged, RescueImage rescue, DiskImage? talos, Action<RackFile> ready, TimeProvider time,
        CancellationToken cancellation)
    {
        // Before /proc becomes that of the new process namespace: outside, this process has another number.
        var outsidePid = int.Parse(Path.GetFileName(Directory.ResolveLinkTarget("/proc/self", false)!.Name), CultureInfo.InvariantCulture);
        using var folder = RackFolder.Take(directory);
        await MountAsync(folder, cancellation);
        var boards = new List<Mainboard>();
        try
        {
            using var network = await RackNetwork.CreateAsync(rack, bridged, folder.Volatile, cancellation);
            await Task.WhenAll(rack.Nodes.Select(n => PrepareAsync(n, Paths(folder, n), cancellation)));
            boards.AddRange(rack.Nodes.Select(n => new Mainboard(
                n, Paths(folder, n), rescue, network.PlugOf(n), folder.In($"{n.Name}.serial.log"), time)));
            await using var robot = await RackRobot.StartAsync(rack, boards, network, time, cancellation);
            var robotAccess = robot.WriteAccess(folder);
            if (talos is not null) await RackCluster.WriteAsync(rack, network, robot, talos, folder.In("cluster"), time, cancellation);
            await using var control = await ControlServer.StartAsync(folder.ControlSocket, boards, cancellation);
            foreach (var board in boards.Where(b => b.Node.PoweredOn))
                await board.PowerOnAsync(cancellation);

            var file = new RackFile(rack.Name, outsidePid, !Environment.IsPrivilegedProcess || InUserNamespace, bridged, folder.ControlSocket,
                network.HostAddress, robotAccess, [.. boards.Select(b => Describe(b, network))]);
            file.Write(folder.Path);
            ready(file);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The wished-for end.
        }
        finally
        {
            await Task.WhenAll(boards.Select(b => b.DisposeAsync().AsTask()));
        }
    }

    /// <summary>In the first user namespace, every user is mapped to itself.</summary>
    private static bool InUserNamespace =>
        File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is not ["0", "0", "4294967295"];

    private static async Task MountAsync(RackFolder folder, CancellationToken cancellation)
    {
        // Disks of terabytes are sparse; what is written to them lives in memory and goes with the namespace.
        await Tool.RunAsync("mount", ["-t", "tmpfs", "-o", "mode=0700,size=80%", "rack", folder.Volatile], cancellation);
        try
        {
            await Tool.RunAsync("mount", ["-t", "proc", "proc", "/proc"], cancellation);
        }
        catch (ToolException)
        {
            // Containers with a masked /proc forbid it to users; then ps shows the processes outside, which harms nothing.
        }
    }

    private static MachinePaths Paths(RackFolder folder, NodeDescription node) =>
        new(Path.Combine(folder.Volatile, node.Name), $"rack-qmp-{node.Name}");

    private static async Task PrepareAsync(NodeDescription node, MachinePaths paths, CancellationToken cancellation)
    {
        Directory.CreateDirectory(paths.Folder);
        if (node.Firmware == Firmware.Uefi)
        {
            if (!File.Exists(QemuArguments.FirmwareVariablesTemplate))
                throw new ToolException($"{QemuArguments.FirmwareVariablesTemplate} is missing; install the package ovmf");
            File.Copy(QemuArguments.FirmwareVariablesTemplate, paths.FirmwareVariables);
        }

        await Task.WhenAll(node.Disks.Select(d => DiskFiller.FillAsync(d, paths.Disk(d), cancellation)));
    }

    private static NodeFile Describe(Mainboard board, RackNetwork network) => new(
        board.Node.Name, board.Node.Server, network.AddressOf(board.Node), board.Node.Mac, board.Node.Firmware, board.SerialLog,
        [.. board.Node.Disks.Select(d => new DiskFile(d.Name, d.Role, d.Bus, d.Serial, d.SizeBytes))]);
}

using System.Globalization;
using Kronform.Provision.Cluster;
using Kronform.Provision.Commands;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Bench.Fleet.Product;

/// <summary>The process that is measured: the product from its preparation to its results. Only SSH and Robot's budget are stand-ins.</summary>
internal static class ProductProcess
{
    public static async Task<int> RunAsync(string orderFile, TimeProvider time)
    {
        BlockingRoom.Make();
        var order = ProductOrder.Read(orderFile);
        var request = new ProvisionRequest
        {
            Nodes = [.. ClusterFile.Load(order.ProvisionYaml).Nodes.Select(n => n.Name)], File = order.ProvisionYaml, State = order.State, Agent = order.Agent, Parallel = order.Parallel,
        };
        using var logs = new LogFile(request);
        await using var events = new StreamWriter(order.Results + ".events");
        var ends = new EndsReporter(time);
        var reporter = new SeveralReporters(new JsonReporter(events, time), ends);

        using var prepared = await new RunPreparation(new WaitingSshClient(new FleetSshClient(order.SshSocket)), reporter, time, logs).PrepareAsync(request, CancellationToken.None);
        var services = prepared.Services with { RobotIfAny = RoomyRobot.Open(prepared.Services.Cluster.Robot, time, logs) };
        double preparation = Environment.CpuUsage.TotalTime.TotalSeconds;
        long began = time.GetTimestamp();
        var runs = new NodeRuns(services);
        await SideBySide.RunAsync(prepared.Nodes, request.Parallel, async n =>
        {
            var result = await runs.RunAsync(n.Node, n.Config, request.OptionsOf(n.Node.Name), CancellationToken.None);
            reporter.Finished(result);
            return result;
        });
        new ProductResults(
            ends.Ends, began, time.GetTimestamp(), Environment.CpuUsage.TotalTime.TotalSeconds, preparation, PeakMemory(), GC.GetTotalAllocatedBytes(), GC.GetTotalPauseDuration().TotalSeconds)
            .Write(order.Results);
        return 0;
    }

    private static long PeakMemory()
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
    }
}

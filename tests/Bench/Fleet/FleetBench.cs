using Kronform.Provision.Bench.Fleet.Product;
using Kronform.Provision.Bench.Fleet.World;

namespace Kronform.Provision.Bench.Fleet;

/// <summary>
/// A fleet of emulated nodes, silent with empty system disks, provisioned at once by one process of the product. The world around it
/// is this process.
/// </summary>
internal static class FleetBench
{
    /// <summary>Longer than the product itself waits for a node that does not become healthy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(45);

    public static async Task<int> RunAsync(string[] args, TimeProvider time)
    {
        var (options, problem) = FleetOptions.Parse(args);
        if (options is null)
        {
            Console.Error.WriteLine($"scripts/bench fleet [--nodes N] [--seed S] [--parallel N]: {problem}");
            return 2;
        }

        if (!OwnNetwork.IsInside) return await OwnNetwork.RunInsideAsync(["fleet", .. args]);
        using var patience = new CancellationTokenSource(Patience, time);
        // On a disk: what the product flushes is to cost what it costs.
        var folder = Directory.CreateTempSubdirectory("fleet-");
        try
        {
            await using var world = await FleetWorld.StartAsync(options, time, patience.Token);
            Console.Error.WriteLine($"{options.Nodes} nodes, seed {options.Seed}; machine load {File.ReadAllText("/proc/loadavg").Trim()}");
            var order = Order(world, folder.FullName, options);
            var watch = await ProductWatch.RunAsync(order, Path.Combine(folder.FullName, "order"), world, time, patience.Token);
            if (!File.Exists(order.Results))
            {
                Console.Error.WriteLine($"The product ended with {watch.ExitCode} and left no results:\n{watch.Errors}");
                return 1;
            }

            return FleetReport.Print(options, world, ProductResults.Read(order.Results), watch, time);
        }
        finally
        {
            if (Environment.GetEnvironmentVariable("KRONFORM_FLEET_KEEP") is null) folder.Delete(recursive: true);
            else Console.Error.WriteLine($"Kept: {folder.FullName}");
        }
    }

    private static ProductOrder Order(FleetWorld world, string folder, FleetOptions options)
    {
        var agent = Environment.GetEnvironmentVariable("KRONFORM_AGENT") is { Length: > 0 } published ? published : AppContext.BaseDirectory + "kronform-agent.dll";
        return new ProductOrder(world.ProvisionYaml, world.SshSocket, Path.Combine(folder, "state"), agent, Path.Combine(folder, "results"), Math.Min(options.Parallel, options.Nodes));
    }
}

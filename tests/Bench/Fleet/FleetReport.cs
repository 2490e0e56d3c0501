using Kronform.Provision.Bench.Fleet.Product;
using Kronform.Provision.Bench.Fleet.World;

namespace Kronform.Provision.Bench.Fleet;

/// <summary>Prints what was measured and judges it.</summary>
internal static class FleetReport
{
    private const long MostMemory = 1L << 30;

    /// <returns>The bench's exit code.</returns>
    public static int Print(FleetOptions options, FleetWorld world, ProductResults results, ProductWatch watch, TimeProvider time)
    {
        foreach (var end in results.Nodes.Where(n => n.Healthy)) world.Reactions.End(end.Node, Change.NodeHealthy, end.At);
        int healthy = results.Nodes.Count(n => n.Healthy), nodes = options.Nodes;
        double wall = time.GetElapsedTime(results.StartAt, results.EndAt).TotalSeconds;
        Console.WriteLine($"nodes healthy        {healthy} of {nodes} in {wall:0.0} s, {Math.Min(options.Parallel, nodes)} at once; bootstraps {world.Servers.Sum(s => s.Talos.Bootstraps)}, resets {world.Servers.Sum(s => s.Resets)}");
        Console.WriteLine($"processor            {results.CpuSeconds:0.0} s, {1000 * results.CpuSeconds / nodes:0} ms a node ({results.PreparationCpuSeconds:0.0} s of it to prepare), {results.CpuSeconds / wall:0.00} cores on average; {results.GcPauseSeconds:0.0} s paused for garbage");
        Console.WriteLine($"the world beside it  {Environment.CpuUsage.TotalTime.TotalSeconds:0.0} s of the same processors; machine load {File.ReadAllText("/proc/loadavg").Trim()}");
        Console.WriteLine($"peak memory          {results.PeakMemoryBytes >> 20} MiB, {results.PeakMemoryBytes / nodes >> 10} KiB a node; {results.Allocated >> 20} MiB allocated in all");
        Console.WriteLine($"threads, open files  {watch.PeakThreads}, {watch.PeakOpenFiles} at most");
        Console.WriteLine($"calls a node         Robot {(double)world.RobotCalls / nodes:0.0}, Talos {(double)world.Servers.Sum(s => s.Talos.Calls) / nodes:0.0}");
        Console.WriteLine($"{"reaction to",-21}{"nodes",7}{"median",10}{"p95",10}{"longest",10}");
        foreach (var change in Enum.GetValues<Change>())
        {
            if (world.Reactions.Of(change) is not { Count: > 0 } times) continue;
            Console.WriteLine($"  {change,-19}{times.Count,7}{Seconds(times, 0.5)}{Seconds(times, 0.95)}{Seconds(times, 1)}");
        }

        foreach (var failed in results.Nodes.Where(n => !n.Healthy).Take(10)) Console.Error.WriteLine($"{failed.Node}: {failed.Summary}");
        if (world.Trouble is { } trouble) Console.Error.WriteLine($"The world itself had trouble: {trouble}");
        if (healthy != nodes) Console.Error.WriteLine($"FAILED: {nodes - healthy} nodes did not end healthy");
        if (results.PeakMemoryBytes >= MostMemory) Console.Error.WriteLine($"FAILED: peak memory is not below {MostMemory >> 20} MiB");
        return healthy == nodes && results.PeakMemoryBytes < MostMemory ? 0 : 1;
    }

    private static string Seconds(IReadOnlyList<TimeSpan> sorted, double share) => $"{Reactions.Percentile(sorted, share).TotalSeconds,8:0.00} s";
}

using System.Diagnostics;
using Kronform.Provision.Bench.Fleet.Product;
using Kronform.Provision.Bench.Fleet.World;

namespace Kronform.Provision.Bench.Fleet;

/// <summary>What was seen of the product's process from outside.</summary>
internal sealed record ProductWatch(int ExitCode, string Errors, int PeakThreads, int PeakOpenFiles)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    public static async Task<ProductWatch> RunAsync(ProductOrder order, string orderFile, FleetWorld world, TimeProvider time, CancellationToken cancellation)
    {
        order.Write(orderFile);
        var home = Path.GetDirectoryName(orderFile)!;
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["fleet-product", orderFile])
        {
            RedirectStandardError = true,
            Environment = { ["XDG_STATE_HOME"] = Path.Combine(home, "home"), ["XDG_CACHE_HOME"] = Path.Combine(home, "cache") },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        var ended = process.WaitForExitAsync(cancellation);
        int threads = 0, files = 0;
        long began = time.GetTimestamp(), lineAt = began;
        var (productCpu, worldCpu) = (TimeSpan.Zero, Environment.CpuUsage.TotalTime);
        try
        {
            for (; !ended.IsCompleted; await Task.WhenAny(ended, Task.Delay(Pace, time, cancellation)))
            {
                if (ProcessLook.At(process) is not { } now) continue;
                (threads, files) = (Math.Max(threads, now.Threads), Math.Max(files, now.OpenFiles));
                var since = time.GetElapsedTime(lineAt);
                if (since < BetweenLines) continue;
                var mine = Environment.CpuUsage.TotalTime;
                Console.Error.WriteLine($"{time.GetElapsedTime(began).TotalSeconds,5:0} s  product {(now.Cpu - productCpu) / since:0.00} cores, {now.Memory >> 20} MiB, {now.Threads} threads;  world {(mine - worldCpu) / since:0.00} cores;  acted on: {Acted(world)}");
                (lineAt, productCpu, worldCpu) = (time.GetTimestamp(), now.Cpu, mine);
            }

            await ended;
            return new ProductWatch(process.ExitCode, await errors, threads, files);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    private static string Acted(FleetWorld world) =>
        string.Join(", ", Enum.GetValues<Change>().Where(c => c is not (Change.NodeHealthy or Change.SshPortOpened)).Select(c => $"{c} {world.Reactions.Of(c).Count}"));
}

using System.Collections.Concurrent;
using System.Globalization;
using Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

namespace Kronform.Provision.Bench;

/// <summary>
/// Random machines, each decided twice (as found and with other names and another order) and held against an answer worked out
/// without the product. Stops at the first wrong one and names its seed.
/// </summary>
internal static class SelectionBench
{
    public static int Run(string[] args, TimeProvider time)
    {
        var count = 1_000_000;
        var seed = 1;
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || args[i] is not ("--count" or "--seed") || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                Console.Error.WriteLine($"{args[i]} needs a number, and only --count and --seed are known.");
                return 2;
            }

            if (args[i] == "--count") count = number;
            else seed = number;
        }

        var answers = new ConcurrentDictionary<string, int>();
        string? mistake = null;
        var started = time.GetTimestamp();
        var busyBefore = Environment.CpuUsage.TotalTime;
        var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(Partitioner.Create(seed, (long)seed + count, 1000), cores, (range, state) =>
        {
            for (var s = range.Item1; s < range.Item2 && !state.IsStopped; s++)
            {
                var (code, wrong) = SelectionTrial.Run((int)s);
                answers.AddOrUpdate(code?.Name ?? "clear", 1, (_, n) => n + 1);
                if (wrong is null) continue;
                Interlocked.CompareExchange(ref mistake, wrong, null);
                state.Stop();
            }
        });
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        var busySeconds = (Environment.CpuUsage.TotalTime - busyBefore).TotalSeconds;

        var done = answers.Values.Sum();
        foreach (var (answer, number) in answers.OrderByDescending(a => a.Value)) Console.WriteLine($"  {answer,-22}{number,10:N0}");
        if (mistake is not null)
        {
            Console.Error.WriteLine($"WRONG after {done:N0} machines. Again: scripts/bench selection --count 1 --seed N\n{mistake}");
            return 1;
        }

        Console.WriteLine($"{done:N0} machines right, each decided twice, seeds {seed} to {(long)seed + count - 1}: {seconds:0.0} s, {2L * done / seconds:N0} decisions/s on {Environment.ProcessorCount} cores");
        Console.WriteLine($"{busySeconds:0.0} s of processor time, {2L * done / busySeconds:N0} decisions for each second of one core, with making the machines, the model and the plan hashes");
        return 0;
    }
}

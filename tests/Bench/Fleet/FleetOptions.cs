using System.Globalization;

namespace Kronform.Provision.Bench.Fleet;

/// <param name="Nodes">At least one; the first is bootstrapped.</param>
/// <param name="Seed">Of all delays of the world.</param>
/// <param name="Parallel">Worked on at once; all of them unless said otherwise.</param>
internal sealed record FleetOptions(int Nodes, int Seed, int Parallel)
{
    /// <summary>As many loopback addresses as the plan of <see cref="World.FleetMachine"/> has.</summary>
    private const int MostNodes = 10_000;

    public static FleetOptions Default { get; } = new(1000, 1, int.MaxValue);

    /// <returns>Null, and what is wrong.</returns>
    public static (FleetOptions? Options, string Problem) Parse(IReadOnlyList<string> args)
    {
        var options = Default;
        for (var i = 0; i < args.Count; i += 2)
        {
            if (i + 1 == args.Count || !int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return (null, $"{args[i]} needs a number");
            switch (args[i])
            {
                case "--nodes" when number is >= 1 and <= MostNodes: options = options with { Nodes = number }; break;
                case "--nodes": return (null, $"--nodes: 1 to {MostNodes}, not {number}");
                case "--seed": options = options with { Seed = number }; break;
                case "--parallel" when number >= 1: options = options with { Parallel = number }; break;
                default: return (null, $"{args[i]} {number} is not known; there are --nodes N, --seed S and --parallel N");
            }
        }

        return (options, "");
    }
}

using Kronform.Provision.Faults.World;

namespace Kronform.Provision.Faults.Scenarios;

/// <summary>What may happen between two runs.</summary>
internal static class FirstSteps
{
    public const string Known = "heal, clock +DURATION, skew ±DURATION, journal torn, journal damaged, journal gone, ledger damaged, disk overwritten, power-cut";

    public static bool IsKnown(string step) => step.Split(' ') switch
    {
        ["heal"] or ["power-cut"] => true,
        ["clock" or "skew", var time] => IsDuration(time.TrimStart('+', '-')),
        ["journal", "torn" or "damaged" or "gone"] => true,
        ["ledger", "damaged"] => true,
        ["disk", "overwritten"] => true,
        _ => false,
    };

    /// <summary>Returns the operator's skew from now on.</summary>
    public static async Task<TimeSpan> DoAsync(string step, EmulatedWorld world, string chosen, TimeSpan skew)
    {
        switch (step.Split(' '))
        {
            case ["heal"]:
                world.Heal();
                break;
            case ["power-cut"]:
                foreach (var node in world.Nodes) await node.Server.PowerOffAsync(CancellationToken.None);
                break;
            case ["clock", var by]:
                world.Clock.Leap(Durations.Parse(by.TrimStart('+')));
                break;
            case ["skew", var by]:
                return by.StartsWith('-') ? -Durations.Parse(by[1..]) : Durations.Parse(by.TrimStart('+'));
            case ["journal", var how]:
                Journal(world, how);
                break;
            case ["ledger", _]:
                await File.WriteAllTextAsync(Path.Combine(world.StateFolder, "bootstrap.json"), "{ damaged");
                break;
            case ["disk", _]:
                using (var disk = File.OpenWrite(world.Nodes[0].Disks.FileOf(chosen)))
                {
                    disk.Position = 2 << 20;
                    disk.Write(new byte[1 << 16]);
                }

                break;
        }

        return skew;
    }

    private static void Journal(EmulatedWorld world, string how)
    {
        var newest = Directory.GetFiles(Path.Combine(world.StateFolder, "n4"), "*.journal").Order(StringComparer.Ordinal).Last();
        if (how == "gone")
        {
            File.Delete(newest);
            return;
        }

        var bytes = File.ReadAllBytes(newest);
        if (how == "torn") bytes = bytes[..^7];
        else bytes[bytes.Length / 3] ^= 1;
        File.WriteAllBytes(newest, bytes);
    }

    private static bool IsDuration(string text)
    {
        try
        {
            Durations.Parse(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}

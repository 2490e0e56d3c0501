using Kronform.Provision.Faults.World;

namespace Kronform.Provision.Faults.Scenarios;

/// <summary>What may happen between two runs.</summary>
internal static class FirstSteps
{
    public const string Known = "heal, clock +DURATION, skew ±DURATION, journal torn, journal damaged, journal gone, ledger damaged, disk overwritten, machine exchanged, power-cut";

    public static bool IsKnown(string step) => step.Split(' ') switch
    {
        ["heal"] or ["power-cut"] => true,
        ["clock" or "skew", var time] => IsDuration(time),
        ["journal", "torn" or "damaged" or "gone"] => true,
        ["ledger", "damaged"] => true,
        ["disk", "overwritten"] or ["machine", "exchanged"] => true,
        _ => false,
    };

    public static async Task DoAsync(string step, EmulatedWorld world, string chosen)
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
                world.Clock.Leap(Durations.ParseSigned(by));
                break;
            case ["skew", var by]:
                world.Clock.OperatorsSkew = Durations.ParseSigned(by);
                break;
            case ["journal", var how]:
                Journal(world, how);
                break;
            case ["ledger", _]:
                await File.WriteAllTextAsync(Path.Combine(world.StateFolder, "bootstrap.json"), "{ damaged");
                break;
            case ["machine", _]:
                foreach (var node in world.Nodes) node.Disks.Exchange();
                break;
            case ["disk", _]:
                using (var disk = File.OpenWrite(world.Nodes[0].Disks.FileOf(chosen)))
                {
                    disk.Position = 2 << 20;
                    disk.Write(new byte[1 << 16]);
                }

                break;
        }
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
            Durations.ParseSigned(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}

using System.Text.Json;

namespace Kronform.Provision.VirtualRack.Demo;

/// <param name="Outcome">changed, unchanged or failed; null when the program ended without a result.</param>
public sealed record ProvisionOutcome(int ExitCode, string? Outcome, string? Summary, IReadOnlyList<PhaseSeconds> Phases)
{
    /// <summary>Reads the <c>result</c> event of a file of events.</summary>
    public static ProvisionOutcome Read(string eventsFile, int exitCode)
    {
        foreach (string line in File.Exists(eventsFile) ? File.ReadLines(eventsFile).Reverse() : [])
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.GetProperty("event").GetString() != "result") continue;
            return new ProvisionOutcome(exitCode, root.GetProperty("outcome").GetString(), root.GetProperty("summary").GetString(),
                [.. root.GetProperty("phases").EnumerateArray().Select(p => new PhaseSeconds(p.GetProperty("phase").GetString()!, p.GetProperty("seconds").GetDouble()))]);
        }

        return new ProvisionOutcome(exitCode, null, null, []);
    }
}

public sealed record PhaseSeconds(string Phase, double Seconds);

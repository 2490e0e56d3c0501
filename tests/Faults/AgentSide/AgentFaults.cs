using System.Text.Json;

namespace Kronform.Provision.Faults.AgentSide;

/// <summary>
/// What is wrong with the disk that the agent holds, or with the agent itself; in <c>faults.json</c> of the machine's folder. Counts
/// are of the writes to the held disk within one run of the agent.
/// </summary>
internal sealed record AgentFaults
{
    public const string File = "faults.json";
    private const string Triggered = "faults.triggered";

    /// <summary>In how many runs of the agent it happens; 0 means in every one.</summary>
    public int Times { get; init; }

    public bool Busy { get; init; }

    public int? FailWrite { get; init; }

    public bool Lasting { get; init; }

    public int? LoseWritesFrom { get; init; }

    public long? UnreadableAt { get; init; }

    public long? FlippedAt { get; init; }

    /// <summary>From this write on the kernel neither answers nor gives up.</summary>
    public int? HangAtWrite { get; init; }

    /// <summary>The agent is killed by SIGKILL at this write.</summary>
    public int? DieAtWrite { get; init; }

    /// <summary>The agent is killed by SIGKILL once it has said a line that holds this.</summary>
    public string? DieAtLine { get; init; }

    /// <summary>The agent's clock runs so many times as fast.</summary>
    public double Speed { get; init; } = 1;

    public bool Any => this != new AgentFaults { Speed = Speed };

    public static AgentFaults Read(string machine) =>
        System.IO.File.Exists(Path.Combine(machine, File)) ? JsonSerializer.Deserialize<AgentFaults>(System.IO.File.ReadAllBytes(Path.Combine(machine, File)))! : new();

    public void Write(string machine) => System.IO.File.WriteAllBytes(Path.Combine(machine, File), JsonSerializer.SerializeToUtf8Bytes(this));

    /// <summary>False when it has happened often enough.</summary>
    public bool Take(string machine)
    {
        var path = Path.Combine(machine, Triggered);
        int before = System.IO.File.Exists(path) ? int.Parse(System.IO.File.ReadAllText(path), System.Globalization.CultureInfo.InvariantCulture) : 0;
        if (Times > 0 && before >= Times) return false;
        System.IO.File.WriteAllText(path, $"{before + 1}");
        return true;
    }

    public static void Reset(string machine)
    {
        System.IO.File.Delete(Path.Combine(machine, File));
        System.IO.File.Delete(Path.Combine(machine, Triggered));
    }
}

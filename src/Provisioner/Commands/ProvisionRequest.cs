using Kronform.Provision.Runs;

namespace Kronform.Provision.Commands;

/// <summary>What one call of <c>provision NODE…</c> asks for.</summary>
public sealed record ProvisionRequest
{
    public required IReadOnlyList<string> Nodes { get; init; }

    public required string File { get; init; }

    public bool Json { get; init; }

    public string? State { get; init; }

    public bool Verbose { get; init; }

    public bool DryRun { get; init; }

    /// <summary>With <see cref="DryRun"/>: file that holds the disks, instead of a server. For one node.</summary>
    public string? Inventory { get; init; }

    /// <summary>With <see cref="DryRun"/>: folder that keeps report and inventory.</summary>
    public string? Save { get; init; }

    public bool Timings { get; init; }

    public string? Agent { get; init; }

    /// <summary>File that receives the JSON events as well.</summary>
    public string? Events { get; init; }

    /// <summary>File that the cluster's kubeconfig is merged into once the nodes are healthy; null for none.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>Nodes worked on at once; the others wait their turn.</summary>
    public int Parallel { get; init; } = SideBySide.DefaultDegree;

    public RunOptions Options { get; init; } = new();

    /// <summary>For nodes whose options differ from <see cref="Options"/>.</summary>
    public IReadOnlyDictionary<string, RunOptions> OptionsOfNodes { get; init; } = new Dictionary<string, RunOptions>();

    /// <summary>What to tell about nodes before their runs begin.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> NotesOfNodes { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public RunOptions OptionsOf(string node) => OptionsOfNodes.GetValueOrDefault(node, Options);
}

namespace Kronform.Provision.TalosEmulator.Config;

/// <summary>What the emulator needs of a machine config. Not a record: it holds secrets, and a record prints its members.</summary>
internal sealed class MachineConfig
{
    public required bool ControlPlane { get; init; }

    public required string? Hostname { get; init; }

    /// <summary>Base64 of PEM, as in the config.</summary>
    public required string CaCertificate { get; init; }

    /// <summary>The same; control planes only.</summary>
    public required string? CaKey { get; init; }

    /// <summary>What only members of the cluster know.</summary>
    public required string ClusterSecret { get; init; }

    public required string EndpointHost { get; init; }

    public required bool WithoutCni { get; init; }

    public required IReadOnlyList<string> CertSans { get; init; }
}

/// <summary>Not a machine config at all.</summary>
internal sealed class ConfigUnreadableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>A machine config that Talos would not take.</summary>
internal sealed class ConfigInvalidException(IReadOnlyList<string> problems) : Exception(Text(problems))
{
    // Talos joins its complaints with go-multierror; a single one is formatted the same way.
    private static string Text(IReadOnlyList<string> problems) =>
        $"{problems.Count} error{(problems.Count == 1 ? "" : "s")} occurred:\n" + string.Concat(problems.Select(p => $"\t* {p}\n")) + "\n";
}

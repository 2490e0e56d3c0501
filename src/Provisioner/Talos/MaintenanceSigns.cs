namespace Kronform.Provision.Talos;

/// <summary>How one question ended: its code, the node's words, and the answer if there was one.</summary>
/// <param name="Detail">As <see cref="TalosRpcException.Detail"/>; empty with an answer.</param>
public sealed record TalosAnswer<T>(GrpcCode Code, string Detail, T? Value)
    where T : class;

/// <summary>What a TLS server that asks for no client certificate turns out to be, and why that is believed.</summary>
/// <param name="Reason">A clause for the operator, without a full stop.</param>
public abstract record MaintenanceKind(string Reason)
{
    /// <param name="Tag">For instance `v1.13.9`; null where this family does not tell (1.4 to 1.9).</param>
    public sealed record Talos(string? Tag, string Reason) : MaintenanceKind(Reason);

    /// <summary>Some other server that happens to have the port.</summary>
    public sealed record Other(string Reason) : MaintenanceKind(Reason);

    /// <summary>It cannot be said now: it starts, stops, or is being configured.</summary>
    public sealed record Undecided(string Reason) : MaintenanceKind(Reason);
}

/// <summary>
/// Tells Talos's maintenance mode from other servers by its answers to Version and to the Versions and MachineStatuses
/// resources. Up to 1.12 a small server of its own refuses Version in words that nothing else uses; from 1.13 on apid itself
/// answers it without a client certificate (Talos source, internal/app/maintenance and internal/app/apid).
/// </summary>
public static class MaintenanceSigns
{
    private const string OldRefusal = "API is not implemented in maintenance mode";

    /// <param name="version">The RPC's answer.</param>
    /// <param name="resource">The Versions resource's tag, which 1.10 and later have.</param>
    /// <param name="status">The MachineStatuses resource.</param>
    public static MaintenanceKind Judge(TalosAnswer<string> version, TalosAnswer<string> resource, TalosAnswer<TalosMachineStatus> status)
    {
        if (version is { Code: GrpcCode.Ok, Value: { } tag })
        {
            return status.Value?.Stage is { } stage and not (TalosStage.Unknown or TalosStage.Booting or TalosStage.Maintenance)
                ? new MaintenanceKind.Undecided($"Talos {tag} asks for no client certificate yet and is in stage {Name(stage)}")
                : new MaintenanceKind.Talos(tag, $"Talos {tag} in maintenance mode: it answers Version to a caller without certificate{Stage(status)}");
        }

        if (version.Code == GrpcCode.Unimplemented && version.Detail.Contains(OldRefusal, StringComparison.Ordinal))
        {
            return new MaintenanceKind.Talos(
                resource.Value, $"Talos {resource.Value ?? "up to 1.9"} in maintenance mode: it answers Version with \"{OldRefusal}\"{Stage(status)}");
        }

        if (IsSilence(version.Code))
            return new MaintenanceKind.Undecided($"it speaks TLS without asking for a client certificate, and Version is not answered ({version.Detail})");

        // A Talos that words its refusal otherwise still has resources that nothing else has.
        if (status.Value?.Stage is TalosStage.Maintenance)
            return new MaintenanceKind.Talos(resource.Value, $"Talos {resource.Value ?? "of an unknown version"}: its machine status is in stage maintenance");
        return IsSilence(status.Code)
            ? new MaintenanceKind.Undecided($"it refuses Version ({version.Code}: {version.Detail}), and its machine status is not answered ({status.Detail})")
            : new MaintenanceKind.Other($"a TLS server that asks for no client certificate and is not Talos: Version is answered with {version.Code}: {version.Detail}");
    }

    private static bool IsSilence(GrpcCode code) => code is GrpcCode.Unavailable or GrpcCode.DeadlineExceeded or GrpcCode.Cancelled;

    private static string Stage(TalosAnswer<TalosMachineStatus> status) => status.Value is { Stage: TalosStage.Maintenance } ? ", and its stage is maintenance" : "";

    private static string Name(TalosStage stage) => stage.ToString().ToLowerInvariant();
}

using Kronform.Provision.Talos.Protos.Cosi;

namespace Kronform.Provision.TalosEmulator;

/// <summary>What the MachineStatus resource tells.</summary>
internal sealed record NodeStatus(MachineStatusSpec.Types.Stage Stage, bool Ready, IReadOnlyList<(string Name, string Reason)> Unmet)
{
    public static readonly NodeStatus Maintenance = new(MachineStatusSpec.Types.Stage.Maintenance, true, []);

    /// <summary>As in the resource's YAML.</summary>
    public string StageName => Stage == MachineStatusSpec.Types.Stage.ShuttingDown ? "shutting down" : Stage.ToString().ToLowerInvariant();
}

/// <param name="Healthy">Null while the service has no health check or none has run.</param>
internal sealed record ServiceState(string Id, string State, bool? Healthy, string LastMessage);

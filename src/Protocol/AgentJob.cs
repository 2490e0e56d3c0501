namespace Kronform.Provision.Protocol;

/// <summary>The jobs of this boot, finished ones included as far as they are kept.</summary>
public sealed record JobsListed : AgentEvent
{
    /// <summary>Sorted by id.</summary>
    public required IReadOnlyList<AgentJob> Jobs { get; init; }
}

/// <summary>An order that the agent carries out, or carried out, on its own in the rescue system.</summary>
/// <param name="Id">As the Provisioner chose it: 1 to 32 of a-z and 0-9.</param>
/// <param name="Command">As <see cref="AgentStarted.Command"/>.</param>
/// <param name="Running">Its process lives. Without one and without an <paramref name="Outcome"/> it died.</param>
/// <param name="Watchers">Connections that could answer it or send it something now.</param>
/// <param name="Events">How many events its log has.</param>
/// <param name="Outcome">The terminal event; null while there is none.</param>
public sealed record AgentJob(string Id, string Command, bool Running, int Watchers, int Events, AgentEvent? Outcome);

using Kronform.Provision.Failures;

namespace Kronform.Provision.Runs.Joining;

/// <summary>Whether a server that does not answer may be reset: not when its cluster counts on it, or cannot be asked.</summary>
public static class BlindReset
{
    /// <param name="answers">Of all other control planes.</param>
    /// <exception cref="ProvisionException"><see cref="FailureCode.TalosUnreachable"/>: it may not without <c>--allow-reset</c>.</exception>
    public static void Require(NodeContext context, Observation.Silent silent, IReadOnlyList<ControlPlaneAnswer> answers)
    {
        if (Objection(context.Hostname, answers, Lives(context.Services.State, answers)) is { } objection)
            throw new ProvisionException(FailureCode.TalosUnreachable, $"{context.Node.Name} does not answer, and {objection}: {silent.Evidence}", "A member of the cluster is never reset blindly. If it is really gone, run again with --allow-reset.");
    }

    /// <param name="hostname">That the node would have among etcd's members.</param>
    /// <param name="lives">The state folder proves that the cluster was once healthy: then a control plane that cannot be asked means that something is wrong with the way there.</param>
    /// <returns>Null when nothing speaks against it.</returns>
    public static string? Objection(string hostname, IReadOnlyList<ControlPlaneAnswer> answers, bool lives)
    {
        if (answers.OfType<ControlPlaneAnswer.Members>().FirstOrDefault(a => a.List.Any(m => m.Hostname == hostname)) is { } knows)
            return $"{knows.Node} has it among its etcd members";
        return lives && answers.Count > 0 && answers.All(a => a is ControlPlaneAnswer.Silent or ControlPlaneAnswer.CannotTell)
            ? $"none of the other control planes ({string.Join(", ", answers.Select(a => a.Node))}) can be asked about it, although the cluster was healthy before: the network between here and there may be what is broken"
            : null;
    }

    private static bool Lives(StateFolder state, IReadOnlyList<ControlPlaneAnswer> answers) =>
        answers.Any(a => SilentControlPlane.PastOf(state, a.Node) == ControlPlanePast.WasHealthy);
}

using Kronform.Provision.Servers;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>Asks Robot for the server's firewall when a port swallows what is sent to it, and not more often than is kind.</summary>
public sealed class FirewallLook(NodeContext context)
{
    /// <summary>Long enough for Robot's hourly limit, short enough for an operator who has just mended a rule.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private IReadOnlyList<FirewallBlock> _blocks = [];
    private DateTimeOffset? _lookedAt;

    /// <returns>Empty when no port timed out, or when Robot cannot be asked: then nothing is claimed.</returns>
    public async Task<IReadOnlyList<FirewallBlock>> BlocksAsync(TalosProbeResult talos, string ssh, CancellationToken cancellation)
    {
        if (context.Services.RobotIfAny is not { } robot) return [];
        if (!PortSilence.IsSwallowed(talos) && ssh != PortSilence.NoAnswer) return [];
        if (_lookedAt is { } before && context.Now - before < Pause) return _blocks;
        _lookedAt = context.Now;
        try
        {
            _blocks = await robot.GetFirewallAsync(context.Node.ServerNumber, cancellation) is { } firewall
                ? FirewallCheck.Blocked(firewall, source: null)
                : [];
        }
        catch (RobotException)
        {
            // Whoever needs Robot for more than a reason meets the same trouble and tells it.
            _blocks = [];
        }

        return _blocks;
    }
}

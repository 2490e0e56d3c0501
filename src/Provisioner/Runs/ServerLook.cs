using System.Collections.Concurrent;
using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Servers;

namespace Kronform.Provision.Runs;

/// <summary>What Robot says of a server that does not answer itself.</summary>
/// <param name="Power">Robot's <c>operating_status</c>; null when it does not tell.</param>
/// <param name="TalosPort">Set when Robot's firewall is certain to drop what is sent to the Talos port.</param>
/// <param name="Unasked">Why Robot could not be asked; null when it was, or when there is no Robot.</param>
public sealed record ServerSigns(string? Power, FirewallBlock? TalosPort, string? Unasked)
{
    public static readonly ServerSigns None = new(null, null, null);

    public bool IsRunning => Power == "running";

    public bool IsShutOff => Power == "shut off";
}

/// <summary>Asks Robot about servers, and not more often than its hourly limits bear. Shared by all runs of a command.</summary>
public sealed class ServerLook(RobotClient? robot, TimeProvider time)
{
    /// <summary>Long enough for Robot's hourly limit, short enough for an operator who has just mended something.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<int, (DateTimeOffset At, ServerSigns Signs)> _signs = new();

    /// <summary>Where a node's Talos is: provision.yaml's word, else the server's main IPv4; null when neither says.</summary>
    /// <exception cref="RobotException">Robot could not be asked.</exception>
    public async Task<IPAddress?> AddressAsync(NodeSpec node, CancellationToken cancellation)
    {
        if (node.Address is { } written) return written;
        if (robot is null) return null;
        try
        {
            return await robot.GetMainIPv4Async(node.ServerNumber, cancellation);
        }
        catch (RobotException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Never throws for Robot's sake: what is not told is not claimed.</summary>
    public async Task<ServerSigns> SignsAsync(NodeSpec node, CancellationToken cancellation)
    {
        if (robot is null) return ServerSigns.None;
        if (_signs.TryGetValue(node.ServerNumber, out var before) && time.GetUtcNow() - before.At < Pause) return before.Signs;
        var signs = await AskAsync(robot, node.ServerNumber, cancellation);
        _signs[node.ServerNumber] = (time.GetUtcNow(), signs);
        return signs;
    }

    private static async Task<ServerSigns> AskAsync(RobotClient robot, int server, CancellationToken cancellation)
    {
        try
        {
            string? power = (await robot.GetResetAsync(server, cancellation)).OperatingStatus;
            var firewall = await robot.GetFirewallAsync(server, cancellation);
            return new ServerSigns(power, firewall is null ? null : FirewallCheck.Blocked(firewall, source: null, Talos.TalosClient.DefaultPort), null);
        }
        catch (RobotException e)
        {
            return new ServerSigns(null, null, e.Message);
        }
    }
}

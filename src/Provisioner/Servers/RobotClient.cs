using System.Collections.Concurrent;
using System.Net;
using Kronform.Provision.Servers.Budgets;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Servers;

/// <summary>
/// The Robot web service, as far as taking a server into its rescue system and back needs it. Every method throws
/// <see cref="RobotException"/>. Use one client per account and process: it stops at the first refused password.
/// </summary>
/// <param name="http">From <see cref="RobotHttp.Create"/>; not disposed here.</param>
/// <param name="budget">The account's; null counts for this client alone.</param>
public sealed class RobotClient(HttpClient http, RobotPipelines pipelines, TimeProvider time, ILogger<RobotClient> logger, RobotBudget? budget = null)
{
    private readonly ConcurrentDictionary<int, IPAddress?> _mainAddresses = [];
    private readonly RobotCalls _calls = new(http, pipelines.Attempt, budget ?? new RobotBudget(null, time, logger), time, logger);

    /// <summary>All servers of the account. The entries lack the flags of <see cref="GetServerAsync"/>.</summary>
    public Task<IReadOnlyList<RobotServer>> GetServersAsync(CancellationToken cancellation) =>
        NoneWhen(RobotCodes.ServerNotFound, ReadAsync("server", "Listing the servers", RobotDocument.Servers, cancellation));

    public Task<RobotServer> GetServerAsync(int server, CancellationToken cancellation) =>
        ReadAsync($"server/{server}", $"Reading server {server}", body => RobotDocument.Server(body, server), cancellation);

    /// <summary>
    /// The main IPv4 address, asked for once in this client's life: it does not change while servers are provisioned, and whoever
    /// waits for a cluster asks for the addresses of all its nodes every second, of 200 an hour.
    /// </summary>
    /// <returns>Null for a server without one.</returns>
    public async Task<IPAddress?> GetMainIPv4Async(int server, CancellationToken cancellation) =>
        _mainAddresses.TryGetValue(server, out var known) ? known : _mainAddresses[server] = (await GetServerAsync(server, cancellation)).IPv4;

    public Task<ResetOptions> GetResetAsync(int server, CancellationToken cancellation) =>
        ReadAsync($"reset/{server}", $"Reading the reset options of server {server}", body => RobotDocument.Reset(body, server), cancellation);

    /// <summary>
    /// Presses a button. Returns <see cref="PressOutcome.Unknown"/> when the request went out and no usable answer came back:
    /// then look at the machine before pressing again. Throws when it is certain that nothing was pressed, and when cancelled,
    /// in which case it is not known either: write down the intent before calling.
    /// </summary>
    /// <param name="type">See <see cref="ResetType"/>; not <see cref="ResetType.Manual"/>, which costs a technician's walk.</param>
    public async Task<ResetPress> PressResetAsync(int server, string type, CancellationToken cancellation)
    {
        if (type == ResetType.Manual)
            throw new ArgumentException("A manual reset is a ticket for a technician and is never ordered from here.", nameof(type));

        var call = new RobotCall(HttpMethod.Post, $"reset/{server}", $"Pressing reset \"{type}\" of server {server}", [new("type", type)]);
        try
        {
            await _calls.SendAsync(call, pipelines.Presses, body => RobotDocument.Pressed(body, server), cancellation);
            return new ResetPress(type, PressOutcome.Pressed);
        }
        catch (RobotException e) when (e.MayHaveHappened)
        {
            return new ResetPress(type, PressOutcome.Unknown, e);
        }
    }

    public Task<BootConfiguration> GetBootAsync(int server, CancellationToken cancellation) =>
        ReadAsync($"boot/{server}", $"Reading the boot configuration of server {server}", body => RobotDocument.Boot(body, server), cancellation);

    public Task<RescueActivation> GetRescueAsync(int server, CancellationToken cancellation) =>
        ReadAsync($"boot/{server}/rescue", $"Reading the rescue activation of server {server}", body => RobotDocument.Rescue(body, server), cancellation);

    /// <summary>The latest activation with the host keys of the rescue that booted from it; null when there never was one.</summary>
    public async Task<RescueActivation?> GetLastRescueAsync(int server, CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync($"boot/{server}/rescue/last", $"Reading the last rescue activation of server {server}",
                body => RobotDocument.Rescue(body, server), cancellation);
        }
        catch (RobotException e) when (e.RobotCode is RobotCodes.NotFound or RobotCodes.BootNotAvailable)
        {
            return null;
        }
    }

    /// <summary>
    /// Arms the Linux rescue system for the next boot: once, and for 60 minutes. An activation that stands in the way is
    /// removed first when Robot says so; whose it is should have been looked at before (<see cref="GetBootAsync"/>).
    /// </summary>
    /// <param name="md5Fingerprints">Keys already registered in Robot that may log in; at least one.</param>
    public async Task<RescueActivation> ArmRescueAsync(int server, IReadOnlyList<string> md5Fingerprints, CancellationToken cancellation)
    {
        // Without a key only the generated password would open the rescue, and this program does not keep that.
        ArgumentOutOfRangeException.ThrowIfZero(md5Fingerprints.Count);
        var attempt = $"Arming the rescue system of server {server}";
        var name = md5Fingerprints.Count == 1 ? "authorized_key" : "authorized_key[]";
        var call = new RobotCall(HttpMethod.Post, $"boot/{server}/rescue", attempt,
            [new("os", "linux"), .. md5Fingerprints.Select(f => KeyValuePair.Create(name, f))]);

        Task<RescueActivation> ArmAsync() => _calls.SendAsync(call, pipelines.Writes, body => Armed(body, server, md5Fingerprints), cancellation);
        try
        {
            return await ArmAsync();
        }
        catch (RobotException e) when (e.RobotCode is RobotCodes.BootAlreadyEnabled or RobotCodes.BootBlocked)
        {
            // An older activation may be for another key, and one that was armed long ago has been seen not to boot.
            await DisarmRescueAsync(server, cancellation);
            return await ArmAsync();
        }
    }

    /// <summary>Takes the activation back; also when there is none. Ask <see cref="GetRescueAsync"/> for proof.</summary>
    public Task DisarmRescueAsync(int server, CancellationToken cancellation) =>
        _calls.SendAsync(new RobotCall(HttpMethod.Delete, $"boot/{server}/rescue", $"Disarming the rescue system of server {server}"),
            pipelines.Writes, body => body.Length, cancellation);

    public Task<IReadOnlyList<RobotKey>> GetKeysAsync(CancellationToken cancellation) =>
        NoneWhen(RobotCodes.NotFound, ReadAsync("key", "Listing the SSH keys in Robot", RobotDocument.Keys, cancellation));

    /// <summary>Null when no key with this fingerprint is registered.</summary>
    public async Task<RobotKey?> FindKeyAsync(string md5Fingerprint, CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync($"key/{md5Fingerprint}", $"Looking for SSH key {md5Fingerprint} in Robot", RobotDocument.Key, cancellation);
        }
        catch (RobotException e) when (e.RobotCode == RobotCodes.NotFound)
        {
            return null;
        }
    }

    /// <summary>Registers a key, or returns the one with the same material, whose name may differ.</summary>
    public async Task<RobotKey> AddKeyAsync(string name, SshPublicKey key, CancellationToken cancellation)
    {
        var call = new RobotCall(HttpMethod.Post, "key", $"Registering SSH key {key.Md5Fingerprint} in Robot", [new("name", name), new("data", key.Line)]);
        try
        {
            return await _calls.SendAsync(call, pipelines.Writes, RobotDocument.Key, cancellation);
        }
        catch (RobotException e) when (e.RobotCode == RobotCodes.KeyAlreadyExists)
        {
            // Also what a repeated request meets when only the first one's reply was lost.
            if (await FindKeyAsync(key.Md5Fingerprint, cancellation) is { } existing)
                return existing;
            throw;
        }
    }

    /// <summary>Removes a key; also when it is not there.</summary>
    public async Task DeleteKeyAsync(string md5Fingerprint, CancellationToken cancellation)
    {
        var call = new RobotCall(HttpMethod.Delete, $"key/{md5Fingerprint}", $"Removing SSH key {md5Fingerprint} from Robot");
        try
        {
            await _calls.SendAsync(call, pipelines.Writes, body => body.Length, cancellation);
        }
        catch (RobotException e) when (e.RobotCode == RobotCodes.NotFound)
        {
            // Gone is gone; a repeated request finds it so.
        }
    }

    /// <summary>Null when the server has no firewall, which is normal for some.</summary>
    public async Task<RobotFirewall?> GetFirewallAsync(int server, CancellationToken cancellation)
    {
        try
        {
            return await ReadAsync($"firewall/{server}", $"Reading the firewall of server {server}", body => RobotDocument.Firewall(body, server), cancellation);
        }
        catch (RobotException e) when (e.RobotCode == RobotCodes.FirewallNotAvailable)
        {
            return null;
        }
    }

    public Task<RobotIp> GetIpAsync(IPAddress address, CancellationToken cancellation) =>
        ReadAsync($"ip/{address}", $"Reading address {address}", RobotDocument.Ip, cancellation);

    private Task<T> ReadAsync<T>(string path, string attempt, Func<string, T> read, CancellationToken cancellation) =>
        _calls.SendAsync(new RobotCall(HttpMethod.Get, path, attempt), pipelines.Reads, read, cancellation);

    /// <summary>An empty list is a 404 here.</summary>
    private static async Task<IReadOnlyList<T>> NoneWhen<T>(string code, Task<IReadOnlyList<T>> list)
    {
        try
        {
            return await list;
        }
        catch (RobotException e) when (e.RobotCode == code)
        {
            return [];
        }
    }

    /// <summary>A reset on the strength of an arming that did not take would throw the machine back onto its disk.</summary>
    private static RescueActivation Armed(string body, int server, IReadOnlyList<string> asked)
    {
        var rescue = RobotDocument.Rescue(body, server);
        if (!rescue.Active)
            throw new RobotFormatException("the answer says that the rescue is not active", isJson: true);
        if (rescue.AuthorizedKeys.Count > 0 && asked.FirstOrDefault(f => !rescue.AuthorizedKeys.Contains(f)) is { } missing)
            throw new RobotFormatException($"the answer does not list key {missing}", isJson: true);
        return rescue;
    }
}

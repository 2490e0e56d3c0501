using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>
/// What every <see cref="ISshClient"/> promises, tried against a real sshd that each test has for itself. An implementation is
/// tested by deriving from it; the promises are split by subject over the files of this partial class.
/// </summary>
public abstract partial class SshClientContract : IAsyncLifetime
{
    /// <summary>Set in the process that is started to be killed; it uses the server of the process that started it.</summary>
    private const string ChildVariable = "KRONFORM_SSH_CONTRACT_CHILD";

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(1);

    private SshdServer _server = null!;

    protected SshdServer Server => _server;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A client that takes a connection for lost after <paramref name="keepAliveCount"/> intervals of silence.</summary>
    protected abstract ISshClient CreateClient(TimeSpan keepAliveInterval, int keepAliveCount);

    /// <summary>What of this process' open sessions can be seen on this machine (processes, sockets, files), one text each.</summary>
    protected abstract IReadOnlyList<string> LocalTraces(int processId);

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "sshd serves root only as root");
        if (Environment.GetEnvironmentVariable(ChildVariable) is null)
            _server = await SshdServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is null)
            return;
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
            TestContext.Current.TestOutputHelper?.WriteLine($"sshd said:\n{_server.Log}");
        await _server.DisposeAsync();
    }

    private SshTarget Target(params string[] pins) => new(
        "127.0.0.1", _server.Port, "root", new SshKey(_server.UserKey, _server.UserKey + ".pub"),
        pins.Length > 0 ? pins : [.. SshdServer.KeyTypes.Select(_server.Fingerprint)], TimeSpan.FromSeconds(15));

    private ISshClient Client() => CreateClient(s_keepAlive, 2);

    private Task<ISshSession> OpenAsync() => Client().OpenAsync(Target(), Token);

    private async Task<SshException> FailsToOpenAsync(SshTarget target) =>
        await Assert.ThrowsAsync<SshException>(async () => await (await Client().OpenAsync(target, Token)).DisposeAsync());

    private string Shared(string name) => Path.Combine(_server.Shared, name);

    /// <summary>What commands have left running on the far side: all but sshd and what the implementation itself needs per session.</summary>
    private IReadOnlyList<string> FarLeftovers(string marker) => [.. _server.Processes().Where(c => c.Contains(marker, StringComparison.Ordinal))];

    private Task FarIsGoneAsync(string marker) =>
        Until.HoldsAsync($"the far processes with '{marker}' are gone", () => FarLeftovers(marker).Count == 0, () => string.Join(" | ", FarLeftovers(marker)));

    private Task FarIsEmptyAsync() =>
        Until.HoldsAsync("nothing is left on the far side", () => _server.Processes().Count == 0, () => string.Join(" | ", _server.Processes()));

    private Task FileAppearsAsync(string name) =>
        Until.HoldsAsync($"the far side has written {name}", () => File.Exists(Shared(name)), () => string.Join(" | ", _server.Processes()));
}

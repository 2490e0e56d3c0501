using System.Net;
using Kronform.Provision.Servers;
using Kronform.Provision.Servers.Budgets;
using Kronform.Provision.Testing;
using Kronform.Provision.VirtualRack.Robot;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

/// <summary>The real client and the emulator with a real connection between them, both on one manual clock.</summary>
internal sealed class RobotBench : IAsyncDisposable
{
    public const int N4 = 321;
    public static readonly SshPublicKey Key = SshPublicKey.Parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINY/kuXFG1L8W3FGh6F+KHKE090xUxx0qJoJFYc0AFyj desk");

    private readonly List<HttpClient> _https = [];

    private RobotBench(ManualTime time, FakeHardware machine, RobotOptions options, RobotEmulator robot)
    {
        Time = time;
        Machine = machine;
        Options = options;
        Emulator = robot;
        Client = NewClient(options.Password);
    }

    public ManualTime Time { get; }
    public FakeHardware Machine { get; }
    public RobotOptions Options { get; }
    public RobotEmulator Emulator { get; }
    public RobotClient Client { get; }
    public LogLines Log { get; } = new();
    public RobotFaults Faults => Options.Faults;

    public static async Task<RobotBench> StartAsync(Action<RobotOptions>? set = null, Func<RobotServerEntry, RobotServerEntry>? change = null, bool ignoresCtrlAltDel = false)
    {
        var time = new ManualTime();
        var machine = new FakeHardware(time) { IgnoresCtrlAltDel = ignoresCtrlAltDel };
        var options = new RobotOptions();
        set?.Invoke(options);
        var entry = new RobotServerEntry("n4", IPAddress.Parse("192.0.2.74"), machine);
        var servers = new Dictionary<int, RobotServerEntry> { [N4] = change?.Invoke(entry) ?? entry };
        return new RobotBench(time, machine, options, await RobotEmulator.StartAsync(options, servers, time, TestContext.Current.CancellationToken));
    }

    /// <summary>As another process on this machine has it, which shares nothing with the first but the account's file.</summary>
    public RobotClient NewProcess(string budgetFile) => NewClient(Options.Password, new RobotBudget(new BudgetFile(budgetFile, Time), Time, Log));

    public RobotClient NewClient(string password, RobotBudget? budget = null)
    {
        var http = RobotHttp.Create(new RobotConnection(Emulator.BaseUrl, Options.User, password));
        _https.Add(http);
        return new RobotClient(http, RobotPipelines.Create(Time, Log), Time, new Logger<RobotClient>(Log), budget);
    }

    /// <summary>Runs a call, moving the clock past pauses between tries; the time limit of a try does not fire.</summary>
    public Task<T> Run<T>(Func<CancellationToken, Task<T>> call) =>
        Time.RunAsync(call(TestContext.Current.CancellationToken), RobotPipelines.CallTimeout, TestContext.Current.CancellationToken);

    public Task Run(Func<CancellationToken, Task> call) =>
        Time.RunAsync(call(TestContext.Current.CancellationToken), RobotPipelines.CallTimeout, TestContext.Current.CancellationToken);

    public async Task<RobotException> Fails(Func<CancellationToken, Task> call) => await Assert.ThrowsAsync<RobotException>(() => Run(call));

    /// <summary>What has been asked, as "POST /reset/321 200".</summary>
    public IEnumerable<string> Asked => Emulator.Requests.Select(r => r.ToString());

    /// <summary>The key registered and the rescue armed with it.</summary>
    public async Task ArmAsync()
    {
        await Run(c => Client.AddKeyAsync("desk", Key, c));
        await Run(c => Client.ArmRescueAsync(N4, [Key.Md5Fingerprint], c));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var http in _https)
            http.Dispose();
        await Emulator.DisposeAsync();
    }
}

/// <summary>Everything logged, with its exceptions, at every level.</summary>
internal sealed class LogLines : ILogger, ILoggerFactory
{
    private readonly List<string> _lines = [];

    public string All
    {
        get
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
            _lines.Add($"{logLevel} {formatter(state, exception)} {exception}");
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}

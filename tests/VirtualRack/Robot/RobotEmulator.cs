using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>One request the emulator has answered.</summary>
/// <param name="Status">0 when the connection was cut instead.</param>
/// <param name="Form">Parameters of the body by name.</param>
public sealed record RobotRequest(string Method, string Path, int Status, IReadOnlyDictionary<string, IReadOnlyList<string>> Form)
{
    /// <summary>Names the connection it came on.</summary>
    public string Connection { get; init; } = "";

    public override string ToString() => $"{Method} {Path} {Status}";
}

/// <summary>
/// Hetzner's Robot web service for a rack of emulated machines, over plain HTTP on a loopback address. It is the only thing that
/// powers the machines. Where the real service's behaviour is not known, an option says so.
/// </summary>
public sealed class RobotEmulator : IAsyncDisposable
{
    private readonly RobotOptions _options;
    private readonly TimeProvider _time;
    private readonly WebApplication _app;
    private readonly RobotAccount _account;
    private readonly LoginGuard _logins;
    private readonly RateBuckets _rates;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<RobotRequest> _requests = [];
    private bool _disposed;

    private RobotEmulator(RobotOptions options, IReadOnlyDictionary<int, RobotServerEntry> servers, TimeProvider time)
    {
        _options = options;
        _time = time;
        _account = new RobotAccount(options, servers, time);
        _logins = new LoginGuard(options.User, options.Password, time);
        _rates = new RateBuckets(options.RateLimits, options.RateWindow, time);

        // The emptiest builder: the others read ASPNETCORE_* variables and watch the working directory's settings files.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(options.Address, options.Port);
        });
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    public Uri BaseUrl { get; private set; } = null!;

    public RobotFaults Faults => _options.Faults;

    /// <summary>What has been asked so far, in the order of the answers.</summary>
    public IReadOnlyList<RobotRequest> Requests
    {
        get
        {
            lock (_gate)
                return [.. _requests];
        }
    }

    /// <param name="servers">By server number. Each server's boot decision and rescue reports are taken over until disposal.</param>
    public static async Task<RobotEmulator> StartAsync(
        RobotOptions options, IReadOnlyDictionary<int, RobotServerEntry> servers, TimeProvider time, CancellationToken cancellation)
    {
        var emulator = new RobotEmulator(options, servers, time);
        try
        {
            await emulator._app.StartAsync(cancellation);
        }
        catch
        {
            await emulator.DisposeAsync();
            throw;
        }

        var addresses = emulator._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        emulator.BaseUrl = new Uri(addresses.Single());
        return emulator;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;

        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _account.Dispose();
        _stopping.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var method = context.Request.Method;
        var path = context.Request.Path.Value ?? "/";
        var form = RobotForm.None;
        if (context.Request.HasFormContentType)
        {
            var sent = await context.Request.ReadFormAsync(_stopping.Token);
            form = new RobotForm(sent.ToDictionary(p => p.Key, p => (IReadOnlyList<string>)[.. p.Value.Select(v => v ?? "")]));
        }

        var latency = (method == "GET" ? _options.ReadLatency : _options.WriteLatency) + Faults.ExtraLatency;
        if (latency > TimeSpan.Zero)
            await Task.Delay(latency, _time, _stopping.Token);

        var fault = Faults.Take(method, path);
        // The machine is pressed even when the caller has gone meanwhile: only the emulator's own end stops that.
        var answer = await AnswerAsync(context, method, path, form, fault);
        var status = answer is null || fault is Misbehaviour.ReplyLost ? 0 : answer.Status;
        lock (_gate)
            _requests.Add(new RobotRequest(method, path, status, form.Values) { Connection = context.Connection.Id });

        if (status == 0)
            context.Abort();
        else
            await WriteAsync(context.Response, answer!, fault);
    }

    /// <summary>In the order of the real thing as far as it can be seen: the front, the login, the limit, the action. Null cuts the connection.</summary>
    private async Task<RobotAnswer?> AnswerAsync(HttpContext context, string method, string path, RobotForm form, Misbehaviour? fault)
    {
        if (fault is Misbehaviour.RequestLost)
            return null;
        if (fault is Misbehaviour.Maintenance or Misbehaviour.BadGateway)
            return new RobotAnswer(fault is Misbehaviour.Maintenance ? 503 : 502, null);

        switch (_logins.Check(context.Request.Headers.Authorization))
        {
            case Login.Refused:
                return new RobotAnswer(401, null);
            case Login.AddressBlocked:
                return _options.Blocked == BlockedAddress.ConnectionCut ? null : new RobotAnswer(403, null);
        }

        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (RateBuckets.Of(method, segments.FirstOrDefault() ?? "") is { } bucket && _rates.Exceeded(bucket) is { } limit)
            return RobotAnswer.RateLimited(limit, _options.RateWindow);

        return Refusal(method, segments, fault)
            ?? await _account.AnswerAsync(method, segments, form, ignore: fault is Misbehaviour.Ignored, _stopping.Token);
    }

    private RobotAnswer? Refusal(string method, string[] path, Misbehaviour? fault) => fault switch
    {
        Misbehaviour.InternalError => RobotAnswer.Error(500, "INTERNAL_ERROR", "Some error message"),
        Misbehaviour.ActionFailed => RobotAnswer.Error(500, FailedCode(method, path), "The action failed due to an internal error"),
        Misbehaviour.RateLimited => RobotAnswer.RateLimited(50, _options.RateWindow),
        Misbehaviour.Forbidden => RobotAnswer.Error(403, "FORBIDDEN", "Access denied"),
        Misbehaviour.UnknownServer => RobotAnswer.ServerNotFound,
        Misbehaviour.BootAlreadyEnabled => RobotAnswer.Error(409, "BOOT_ALREADY_ENABLED", "The boot configuration is already enabled"),
        Misbehaviour.BootBlocked => RobotAnswer.Error(409, "BOOT_BLOCKED", "The boot configuration is blocked"),
        Misbehaviour.ManualResetActive => RobotAnswer.Error(409, "RESET_MANUAL_ACTIVE", "There is already an active manual reset"),
        _ => null,
    };

    private static string FailedCode(string method, string[] path) => (method, path.FirstOrDefault()) switch
    {
        ("POST", "reset") => "RESET_FAILED",
        ("POST", "boot") => "BOOT_ACTIVATION_FAILED",
        ("DELETE", "boot") => "BOOT_DEACTIVATION_FAILED",
        ("DELETE", "key") => "KEY_DELETE_FAILED",
        ("POST", "key") => path.Length > 1 ? "KEY_UPDATE_FAILED" : "KEY_CREATE_FAILED",
        _ => "INTERNAL_ERROR",
    };

    private static async Task WriteAsync(HttpResponse response, RobotAnswer answer, Misbehaviour? fault)
    {
        response.StatusCode = answer.Status;
        response.Headers.Server = "Apache";
        if (answer.Status == 401)
            response.Headers.WWWAuthenticate = "Basic realm=\"Robot\"";

        // A body that is not JSON is what the front of the service sends by itself.
        var isPage = fault is Misbehaviour.Garbage || (answer.Body is null && answer.Status >= 400);
        if (isPage)
        {
            response.ContentType = "text/html; charset=iso-8859-1";
            await response.WriteAsync($"<html><head><title>{answer.Status}</title></head><body>{answer.Status}</body></html>");
        }
        else if (answer.Body is not null && fault is not Misbehaviour.EmptyBody)
        {
            response.ContentType = "application/json; charset=utf-8";
            await response.WriteAsync(answer.Body.ToJsonString());
        }
    }

    /// <summary>In place of the console's lifetime, which would take SIGINT and SIGTERM away from the program around us.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

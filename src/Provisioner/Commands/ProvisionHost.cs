using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Ssh;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kronform.Provision.Commands;

/// <summary>Builds the host for one command and runs it: signals, logging and clean-up are the host's.</summary>
public static class ProvisionHost
{
    public static Task<int> RunAsync(ProvisionRequest request, CancellationToken cancellation) => RunAsync(request, _ => { }, cancellation);

    /// <param name="replace">Called last; what it adds takes the place of what is there: another clock, another way to reach servers.</param>
    public static async Task<int> RunAsync(ProvisionRequest request, Action<IServiceCollection> replace, CancellationToken cancellation)
    {
        BlockingRoom.Make();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddSingleton(request);
        builder.Services.AddSingleton<RunStop>();
        builder.Services.AddSingleton<IHostLifetime, SignalLifetime>();
        builder.Services.AddSingleton<TimeProvider>(new BootClock());

        builder
            .AddLogs()
            .AddReports(request)
            .AddSsh()
            .AddRuns();
        replace(builder.Services);

        // Run disposes the host, so what is read afterwards is taken before.
        var host = builder.Build();
        var exit = host.Services.GetRequiredService<ExitStatus>();
        await host.RunAsync(cancellation);
        return exit.Code;
    }
}

using Kronform.Provision.Commands;
using Kronform.Provision.Failures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Kronform.Provision.Reports;

public static class ReportsServices
{
    public static IHostApplicationBuilder AddReports(this IHostApplicationBuilder builder, ProvisionRequest request)
    {
        builder.Services.AddSingleton<IRunReporter>(services =>
        {
            var time = services.GetRequiredService<TimeProvider>();
            IRunReporter reporter = request.Json ? new JsonReporter(Console.Out, time) : new ConsoleReporter(Terminal.Console, time, request.Timings);
            return Create(reporter, request.Events, time, services.GetRequiredService<ILoggerFactory>().CreateLogger("reports"));
        });
        return builder;
    }

    /// <param name="output">Tells on standard output.</param>
    /// <param name="events">File that receives the events as well; null for none.</param>
    /// <exception cref="ProvisionException"><see cref="FailureCode.Usage"/> when the file cannot be written.</exception>
    internal static IRunReporter Create(IRunReporter output, string? events, TimeProvider time, ILogger log)
    {
        // Each by itself: what breaks one of them leaves the other.
        var forgiving = new ForgivingReporter(output, "standard output", log);
        return events is null ? forgiving : new SeveralReporters(forgiving, new ForgivingReporter(new JsonReporter(Open(events), time), events, log));
    }

    private static StreamWriter Open(string events)
    {
        try
        {
            return new StreamWriter(events, append: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ProvisionException(FailureCode.Usage, $"--events: \"{events}\" cannot be written", "Name a file that you may write, in a folder that is there. Nothing was begun.", e);
        }
    }
}

using Kronform.Provision.Commands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
            return request.Events is { } file
                ? new SeveralReporters(reporter, new JsonReporter(new StreamWriter(file, append: false), time))
                : reporter;
        });
        return builder;
    }
}

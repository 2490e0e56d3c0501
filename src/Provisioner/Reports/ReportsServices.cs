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
            return request.Json ? new JsonReporter(Console.Out, time) : new ConsoleReporter(Terminal.Console, time, request.Timings);
        });
        return builder;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kronform.Provision.Runs;

public static class RunsServices
{
    public static IHostApplicationBuilder AddRuns(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ExitStatus>();
        builder.Services.AddSingleton<RunPreparation>();
        builder.Services.AddHostedService<ProvisionWorker>();
        return builder;
    }
}

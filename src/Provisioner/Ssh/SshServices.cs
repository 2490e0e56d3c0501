using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kronform.Provision.Ssh;

public static class SshServices
{
    public static IHostApplicationBuilder AddSsh(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ISshClient>(services => new WaitingSshClient(new OpenSshClient(services.GetRequiredService<TimeProvider>())));
        return builder;
    }
}

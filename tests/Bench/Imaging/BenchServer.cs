using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Bench.Imaging;

/// <summary>The folder over HTTP on loopback.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private BenchServer(WebApplication application) => _application = application;

    public string Address => _application.Urls.First() + "/";

    public static async Task<BenchServer> StartAsync(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(folder), ServeUnknownFileTypes = true });
        await application.StartAsync();
        return new BenchServer(application);
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();
}

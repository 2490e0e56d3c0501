using Kronform.Provision.Commands;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Kronform.Provision.Reports;

public static class LogsServices
{
    /// <summary>
    /// Logs are for us, events for operators: a file in the state folder, and standard error when asked. Standard output belongs to
    /// the reporter alone.
    /// </summary>
    public static IHostApplicationBuilder AddLogs(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LogFile>();
        builder.Services.AddSingleton<ILoggerFactory>(services => services.GetRequiredService<LogFile>().Factory);
        return builder;
    }
}

/// <summary>The logger of this process. It begins without a file: where the file lies is known once provision.yaml was read.</summary>
public sealed class LogFile : IDisposable
{
    private const string Template = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} [{Level:u3}] {SourceContext}: {Message:lj}{NewLine}{Exception}";

    private readonly DeferredSink _file = new();
    private readonly Logger _logger;

    public LogFile(ProvisionRequest request)
    {
        var configuration = new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(_file);
        if (request.Verbose)
            configuration.WriteTo.Console(LogEventLevel.Debug, Template, standardErrorFromLevel: LogEventLevel.Verbose);
        _logger = configuration.CreateLogger();
        Factory = LoggerFactory.Create(logging => logging.AddSerilog(_logger).SetMinimumLevel(LogLevel.Debug));
    }

    public ILoggerFactory Factory { get; }

    /// <summary>Continues into <c>provision.log</c> of the folder: ten files of 10 MiB, then the oldest goes.</summary>
    public void OpenIn(string folder) => _file.Target = new LoggerConfiguration().MinimumLevel.Debug()
        .WriteTo.File(Path.Combine(folder, "provision.log"), outputTemplate: Template, shared: true, fileSizeLimitBytes: 10 << 20, rollOnFileSizeLimit: true, retainedFileCountLimit: 10)
        .CreateLogger();

    public void Dispose()
    {
        Factory.Dispose();
        _logger.Dispose();
        _file.Target?.Dispose();
    }

    private sealed class DeferredSink : ILogEventSink
    {
        public Logger? Target { get; set; }

        public void Emit(LogEvent logEvent) => Target?.Write(logEvent);
    }
}

using System.Runtime.InteropServices;
using Kronform.Provision.Runs;
using Microsoft.Extensions.Hosting;

namespace Kronform.Provision.Commands;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP ask the runs to stop, a second one to stop at once; at the third the process dies as if it had no
/// handler. In place of the host's own lifetime, to which the second is the first again.
/// </summary>
internal sealed class SignalLifetime(RunStop stop) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            _registrations.Add(PosixSignalRegistration.Create(signal, context => context.Cancel = stop.Ask()));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(r => r.Dispose());
}

using System.Net;
using System.Runtime.InteropServices;
using Kronform.Provision.TalosEmulator;

const int UsageExitCode = 2;

EmulatorOptions options;
try
{
    options = Arguments.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(Arguments.Usage);
    return UsageExitCode;
}

using var stop = new CancellationTokenSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

await using var node = await TalosEmulatorHost.StartAsync(options, TimeProvider.System, stop.Token);
await Task.WhenAny(node.Exited, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token));
return node.Exited.IsCompleted ? await node.Exited : 0;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}

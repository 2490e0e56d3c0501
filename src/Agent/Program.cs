using System.Runtime.InteropServices;
using Kronform.Provision.Agent;
using Kronform.Provision.Agent.Linux;

if (args is ["work", ..]) JobProcesses.Leave();

using var stop = new CancellationTokenSource();
void Stop(PosixSignalContext signal)
{
    // Not the default death: the disk is to be left in a known state, and the last event has to be said.
    signal.Cancel = true;
    stop.Cancel();
}

using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

var result = await new AgentApp(AgentWorld.Real).RunAsync(
    args, Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.Error,
    watchInput: Environment.GetEnvironmentVariable("KRONFORM_AGENT_NO_WATCH") != "1", stop.Token);

// A thread that hangs in the kernel keeps the process from going, and with it what it has open. Whoever reads must see the end
// all the same.
_ = LibC.Close(1);
_ = LibC.Close(2);
return result;

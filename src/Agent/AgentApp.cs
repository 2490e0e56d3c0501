using System.Reflection;
using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Neutralising;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Agent.Writing;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent;

/// <summary>The program without its process: what it reads, says and touches are arguments.</summary>
internal sealed class AgentApp(AgentWorld world)
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;

    private const string UsageText =
        "usage: kronform-agent inventory | write | verify | neutralise | version\n"
        + "Orders for write, verify and neutralise are the first line of standard input. Events are JSON lines on standard output.\n"
        + "The end of standard input cancels; KRONFORM_AGENT_NO_WATCH=1 turns that off for use by hand.\n"
        + "       kronform-agent start ID write | verify | neutralise\n"
        + "       kronform-agent attach ID N [send] | cancel ID | jobs\n"
        + "A job goes on when whoever started it is gone. attach says its events behind number N until it ends, and with send passes standard\n"
        + "input on to it; cancel ends it safely.\n";

    public static string Version { get; } =
        typeof(AgentApp).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <param name="watchInput">Whether the end of standard input means that nobody wants the result any more.</param>
    /// <param name="cancellation">The process was told to stop.</param>
    public async Task<int> RunAsync(string[] arguments, Stream input, Stream output, TextWriter complaints, bool watchInput, CancellationToken cancellation)
    {
        switch (arguments)
        {
            case ["version"]:
                await output.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"kronform-agent {Version} protocol {AgentStarted.CurrentProtocol}\n"), cancellation);
                return Success;
            case ["inventory" or "write" or "verify" or "neutralise"]:
                return await RunCommandAsync(arguments[0], new AgentInput(input), output, watchInput, long.MaxValue, cancellation);
            case ["start", var id, "write" or "verify" or "neutralise"]:
                return await new JobCommands(world, output).StartAsync(id, arguments[2], new AgentInput(input), cancellation);
            case ["attach", var id, var text] when int.TryParse(text, out var after) && after >= 0:
                return await new JobCommands(world, output).AttachAsync(id, after, null, cancellation);
            case ["attach", var id, var text, "send"] when int.TryParse(text, out var after) && after >= 0:
                return await new JobCommands(world, output).AttachAsync(id, after, new AgentInput(input), cancellation);
            case ["cancel", var id]:
                return await new JobCommands(world, output).CancelAsync(id, cancellation);
            case ["jobs"]:
                return await new JobCommands(world, output).ListAsync(cancellation);
            case ["work", var id, "write" or "verify" or "neutralise"]:
                return await JobWork.RunAsync(world, JobFolder.Existing(world.Roots, id), await new AgentInput(input).ReadLineAsync(cancellation),
                    (fed, log, most, stop) => RunCommandAsync(arguments[2], fed, log, watchInput: false, most, stop), cancellation);
            default:
                await complaints.WriteAsync(UsageText);
                return Usage;
        }
    }

    private async Task<int> RunCommandAsync(string command, AgentInput input, Stream output, bool watchInput, long mostBytes, CancellationToken cancellation)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var events = new EventStream(output, world.Time, cancelled.Cancel, mostBytes);
        events.Emit(new AgentStarted { Protocol = AgentStarted.CurrentProtocol, AgentVersion = Version, Command = command });

        // Ends with the run at the latest; a read that still hangs then belongs to a stream that nobody needs.
        using var over = new CancellationTokenSource();
        void Watch()
        {
            if (watchInput) _ = input.WatchAsync(() => TryCancel(cancelled), over.Token);
        }

        var vitals = new Vitals(world.Time);
        var watched = world with { Devices = new WatchedDisks(world.Devices, vitals) };
        // Cancelled from another thread than the one that watches: what is cancelled may have something to say first.
        using var stalls = new StallWatch(vitals, events, world, () => Task.Run(() => TryCancel(cancelled)), cancelled.Token);
        var write = new WriteRun(watched, events, input, Watch, vitals);
        var neutralise = new NeutraliseRun(watched, events);
        // On a thread of its own: one that hangs in the kernel must not take the last words with it.
        var run = Task.Run(() => CommandAsync(command, watched, events, input, write, neutralise, Watch, cancelled.Token), CancellationToken.None);
        try
        {
            await Task.WhenAny(run, stalls.Hopeless);
            if (!run.IsCompleted) throw stalls.Verdict ?? new AgentFailure(AgentFailureCodes.Cancelled, $"Cancelled, but {stalls.Evidence}; that request was left behind");
            events.Emit(await run);
            return Success;
        }
        catch (Exception failure)
        {
            if (events.Rates.Count > 0) events.Emit(new AgentRates { Steps = events.Rates });
            events.Emit(Describe(failure is OperationCanceledException && stalls.Verdict is { } verdict ? verdict : failure, command == "neutralise" ? neutralise.DiskState : write.DiskState, cancelled.IsCancellationRequested));
            return Failure;
        }
        finally
        {
            await over.CancelAsync();
        }
    }

    private static async Task<AgentEvent> CommandAsync(
        string command, AgentWorld world, EventStream events, AgentInput input, WriteRun write, NeutraliseRun neutralise, Action watch, CancellationToken cancellation)
    {
        switch (command)
        {
            case "inventory":
                watch();
                return new InventoryTaken { Inventory = await new HostReader(world).ReadAsync(events, cancellation) };
            case "write":
                return await write.RunAsync(OrderCheck.ParseWrite(await input.ReadLineAsync(cancellation)), cancellation);
            case "neutralise":
                var changes = OrderCheck.ParseNeutralise(await input.ReadLineAsync(cancellation));
                watch();
                return await neutralise.RunAsync(changes, cancellation);
            default:
                var order = OrderCheck.ParseVerify(await input.ReadLineAsync(cancellation));
                watch();
                return await new VerifyRun(world, events).RunAsync(order, cancellation);
        }
    }

    internal static AgentFailed Describe(Exception failure, string diskState, bool cancelled)
    {
        var causes = new List<string>();
        for (var cause = failure.InnerException; cause is not null; cause = cause.InnerException) causes.Add(cause.Message);
        return failure switch
        {
            AgentFailure known => new AgentFailed { Code = known.Code, Message = known.Message, Causes = causes, DiskState = diskState },
            OperationCanceledException when cancelled => new AgentFailed
            {
                Code = AgentFailureCodes.Cancelled,
                Message = "Cancelled: the agent was told to stop, or the other end of its standard input is gone",
                DiskState = diskState,
            },
            _ => new AgentFailed
            {
                Code = AgentFailureCodes.Internal,
                Message = $"The agent failed unexpectedly ({failure.GetType().Name})",
                Causes = [failure.Message, .. causes],
                DiskState = diskState,
            },
        };
    }

    internal static void TryCancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The stream ended in the same moment as the run.
        }
    }
}

using System.IO.Pipelines;
using System.Text;
using Kronform.Provision.Agent;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Contract.Tests.Disks;

/// <summary>A connection to a machine in a folder on which the real agent runs, inside this process.</summary>
internal sealed class AgentInProcess(FakeHost host) : ISshSession
{
    /// <summary>Command and order of each run of the agent, in order; jobs by the command that they carry out.</summary>
    public List<(string Command, string Order)> Runs { get; } = [];

    /// <summary>The agent's whole command line each time.</summary>
    public List<string> CommandLines { get; } = [];

    /// <summary>Called with command and order before the agent sees them.</summary>
    public Action<string, string>? Before { get; set; }

    /// <summary>The connection is lost when the far side says such a line, which still arrives.</summary>
    public Func<string, bool>? CutAt { get; set; }

    public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
    {
        string[] arguments = command.Split(' ')[2..];
        string verb = arguments is ["start", _, var started] ? started : arguments[0];
        string order = input is null ? "" : Encoding.UTF8.GetString(input.Prefix.Span);
        Runs.Add((verb, order));
        CommandLines.Add(string.Join(' ', arguments));
        Before?.Invoke(verb, order);

        // Both ways at once, as on a real connection: the agent waits for answers to what it said.
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var lost = false;
        void Listen(string line)
        {
            onLine?.Invoke(line);
            if (CutAt?.Invoke(line) != true) return;
            lost = true;
            gone.Cancel();
        }

        var stdin = new Pipe();
        var stdout = new Pipe();
        var sending = SendAsync(stdin.Writer, input, gone.Token);
        var listening = ListenAsync(stdout.Reader, Listen, () => lost);
        using var complaints = new StringWriter();
        await using var output = stdout.Writer.AsStream();
        int code = await new AgentApp(host.World()).RunAsync(arguments, stdin.Reader.AsStream(), output, complaints, watchInput: false, gone.Token);
        await stdout.Writer.CompleteAsync();
        await listening;
        await stdin.Reader.CompleteAsync();
        await gone.CancelAsync();
        await sending;
        if (lost) throw new SshException(SshFailure.ConnectionLost, "The connection was lost while a command ran");
        cancellation.ThrowIfCancellationRequested();
        return new SshResult(code, null, "", complaints.ToString());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Leaves standard input open behind the content: its end would mean that nobody is there any more.</summary>
    private static async Task SendAsync(PipeWriter stdin, SshInput? input, CancellationToken cancellation)
    {
        if (input is null) return;
        try
        {
            await stdin.WriteAsync(input.Prefix, cancellation);
            await input.Content.CopyToAsync(stdin.AsStream(leaveOpen: true), cancellation);
        }
        catch (OperationCanceledException)
        {
            // The connection is gone.
        }
    }

    private static async Task ListenAsync(PipeReader stdout, Action<string> onLine, Func<bool> lost)
    {
        using var lines = new StreamReader(stdout.AsStream());
        while (await lines.ReadLineAsync() is { } line)
            if (!lost()) onLine(line);
    }
}

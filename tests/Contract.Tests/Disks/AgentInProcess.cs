using System.IO.Pipelines;
using System.Text;
using Kronform.Provision.Agent;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Contract.Tests.Disks;

/// <summary>A connection to a machine in a folder on which the real agent runs, inside this process.</summary>
internal sealed class AgentInProcess(FakeHost host) : ISshSession
{
    /// <summary>Command and order of each run of the agent, in order.</summary>
    public List<(string Command, string Order)> Runs { get; } = [];

    /// <summary>Called with command and order before the agent sees them.</summary>
    public Action<string, string>? Before { get; set; }

    public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
    {
        string verb = command.Split(' ')[^1];
        string order = input is null ? "" : Encoding.UTF8.GetString(input.Prefix.Span);
        Runs.Add((verb, order));
        Before?.Invoke(verb, order);

        // Both ways at once, as on a real connection: the agent waits for answers to what it said.
        var stdin = new Pipe();
        var stdout = new Pipe();
        var sending = SendAsync(stdin.Writer, input, cancellation);
        var listening = ListenAsync(stdout.Reader, onLine);
        using var complaints = new StringWriter();
        await using var output = stdout.Writer.AsStream();
        int code = await new AgentApp(host.World()).RunAsync([verb], stdin.Reader.AsStream(), output, complaints, watchInput: false, cancellation);
        await stdout.Writer.CompleteAsync();
        await listening;
        await stdin.Reader.CompleteAsync();
        await sending;
        return new SshResult(code, null, "", complaints.ToString());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Leaves standard input open behind the content: its end would mean that nobody is there any more.</summary>
    private static async Task SendAsync(PipeWriter stdin, SshInput? input, CancellationToken cancellation)
    {
        if (input is null) return;
        await stdin.WriteAsync(input.Prefix, cancellation);
        await input.Content.CopyToAsync(stdin.AsStream(leaveOpen: true), cancellation);
    }

    private static async Task ListenAsync(PipeReader stdout, Action<string>? onLine)
    {
        using var lines = new StreamReader(stdout.AsStream());
        while (await lines.ReadLineAsync() is { } line) onLine?.Invoke(line);
    }
}

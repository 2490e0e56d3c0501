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
        using var content = new MemoryStream();
        if (input is not null) await input.Content.CopyToAsync(content, cancellation);
        await using var stdin = input is null ? new TestInput() : new TestInput(input.Prefix.ToArray(), content.ToArray());
        using var output = new MemoryStream();
        using var complaints = new StringWriter();
        int code = await new AgentApp(host.World()).RunAsync([verb], stdin, output, complaints, watchInput: false, cancellation);
        foreach (string line in Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)) onLine?.Invoke(line);
        return new SshResult(code, null, "", complaints.ToString());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

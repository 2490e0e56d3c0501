using System.Text;
using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>Runs what would be a job's own process inside this one, with nothing in common with whoever started it.</summary>
internal sealed class JobsInProcess : IJobProcesses
{
    public AgentWorld World { get; set; } = null!;

    public Task Start(JobFolder job, string command, string order) => Task.Run(() => new AgentApp(World).RunAsync(
        ["work", job.Id, command], new MemoryStream(Encoding.UTF8.GetBytes(order + "\n")), Stream.Null, TextWriter.Null, watchInput: true, CancellationToken.None));
}

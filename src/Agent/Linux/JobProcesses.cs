using System.Diagnostics;
using Kronform.Provision.Agent.Jobs;

namespace Kronform.Provision.Agent.Linux;

/// <summary>Starts the process of a job.</summary>
internal interface IJobProcesses
{
    /// <summary>Runs <c>work ID COMMAND</c> on its own, with the order as its standard input.</summary>
    /// <returns>Done when that process has ended; nobody needs to wait for it.</returns>
    Task Start(JobFolder job, string command, string order);
}

/// <summary>
/// A job is another process of this program. It is no child that a connection could take along: it makes a session of its own
/// (<see cref="Leave"/>), has none of the connection's streams, and not the mark by which the commands of a connection are
/// found and ended.
/// </summary>
/// <param name="before">Arguments that the program needs before the agent's own.</param>
internal sealed class JobProcesses(params string[] before) : IJobProcesses
{
    /// <summary>The environment variable with which the Provisioner marks what its connection runs.</summary>
    private const string ConnectionMark = "KRONFORM_RUN";

    public async Task Start(JobFolder job, string command, string order)
    {
        var start = new ProcessStartInfo(ProgramFor(job), [.. before, "work", job.Id, command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Remove(ConnectionMark);
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync(order);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
    }

    /// <summary>To be called first in the new process. It fails only where the process leads a session already.</summary>
    public static void Leave() => _ = LibC.SetSid();

    /// <summary>
    /// A name of the program that is the job's alone: a newer agent may take this one's name while the job runs, and the
    /// runtime goes on reading its own file.
    /// </summary>
    private static string ProgramFor(JobFolder job)
    {
        var program = Environment.ProcessPath!;
        // As published it is one file; a program in parts must stay where its parts are.
        var inParts = File.Exists(Path.ChangeExtension(program, ".dll"));
        return !inParts && LibC.Link(program, job.Program) == 0 ? job.Program : program;
    }
}

using Kronform.Provision.Commands;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs.Looking;
using Microsoft.Extensions.Hosting;

namespace Kronform.Provision.Runs;

/// <summary>Runs the requested nodes side by side, reports each, and ends the process with the first failure's exit code.</summary>
public sealed class ProvisionWorker(ProvisionRequest request, RunPreparation preparation, IRunReporter reporter, ExitStatus exit, TimeProvider time, RunStop stop, IHostApplicationLifetime lifetime)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // The host stops for one reason only: the line below.
            exit.Code = await RunAsync(stop.Tokens);
        }
        finally
        {
            lifetime.StopApplication();
        }
    }

    private async Task<int> RunAsync(StopTokens stop)
    {
        var cancellation = stop.Soon;
        if (request.Inventory is not null)
        {
            var offline = await OfflineDryRun.RunAsync(request, reporter, time, cancellation);
            reporter.Finished(offline);
            return offline.ExitCode;
        }

        PreparedRuns prepared;
        try
        {
            prepared = await preparation.PrepareAsync(request, cancellation);
        }
        catch (Exception e)
        {
            var failure = NodeRuns.AsFailure(e, cancellation);
            reporter.Finished(new NodeResult(string.Join(' ', request.Nodes), failure.Message, false, failure, []));
            return failure.Code.ExitCode;
        }

        using (prepared)
        {
            var runs = new NodeRuns(prepared.Services);
            var dryRun = new DryRun(prepared.Services);
            var results = await SideBySide.RunAsync(prepared.Nodes, request.Parallel, async n =>
            {
                foreach (string note in request.NotesOfNodes.GetValueOrDefault(n.Node.Name, [])) reporter.Note(n.Node.Name, note);
                var result = request.DryRun
                    ? await dryRun.RunAsync(n.Node, n.Config, request.OptionsOf(n.Node.Name), request.Save, cancellation)
                    : await runs.RunAsync(n.Node, n.Config, request.OptionsOf(n.Node.Name), stop);
                reporter.Finished(result);
                return result;
            });
            int failed = results.Select(r => r.ExitCode).FirstOrDefault(code => code != 0);
            return failed == 0 && request.Kubeconfig is { } path ? await FetchKubeconfigAsync(prepared, path, cancellation) : failed;
        }
    }

    private async Task<int> FetchKubeconfigAsync(PreparedRuns prepared, string path, CancellationToken cancellation)
    {
        string name = prepared.Services.Cluster.Name;
        try
        {
            reporter.Note(name, await KubeconfigFetch.RunAsync(prepared.Services, path, cancellation));
            return 0;
        }
        catch (Exception e)
        {
            var failure = NodeRuns.AsFailure(e, cancellation);
            reporter.Finished(new NodeResult(name, failure.Message, false, failure, []));
            return failure.Code.ExitCode;
        }
    }
}

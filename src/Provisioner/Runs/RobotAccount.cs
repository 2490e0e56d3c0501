using Kronform.Provision.Cluster;
using Kronform.Provision.Servers;
using Kronform.Provision.Servers.Budgets;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs;

/// <summary>The Robot client of the account that provision.yaml names.</summary>
public static class RobotAccount
{
    /// <param name="note">Told what the operator should know of the account's budget file.</param>
    /// <exception cref="Failures.ProvisionException">The credentials are not where provision.yaml says.</exception>
    public static RobotClient Open(RobotAccess access, TimeProvider time, ILoggerFactory logs, Action<string>? note = null)
    {
        var log = logs.CreateLogger<RobotClient>();
        var connection = new RobotConnection(access.Url, access.Username.Resolve().Reveal(), access.Password.Resolve().Reveal());
        // Whatever --state says: the limits are the account's, not a cluster's.
        var file = new BudgetFile(Path.Combine(StateFolder.Home(), ".robot", BudgetFile.NameOf(connection)), time);
        return new RobotClient(RobotHttp.Create(connection), RobotPipelines.Create(time, log), time, log, new RobotBudget(file, time, log, note));
    }
}

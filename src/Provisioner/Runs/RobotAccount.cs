using Kronform.Provision.Cluster;
using Kronform.Provision.Servers;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs;

/// <summary>The Robot client of the account that provision.yaml names.</summary>
public static class RobotAccount
{
    /// <exception cref="Failures.ProvisionException">The credentials are not where provision.yaml says.</exception>
    public static RobotClient Open(RobotAccess access, TimeProvider time, ILoggerFactory logs)
    {
        var log = logs.CreateLogger<RobotClient>();
        var connection = new RobotConnection(access.Url, access.Username.Resolve().Reveal(), access.Password.Resolve().Reveal());
        return new RobotClient(RobotHttp.Create(connection), RobotPipelines.Create(time, log), time, log);
    }
}

using Kronform.Provision.Cluster;
using Kronform.Provision.Reports;
using Kronform.Provision.Servers;
using Kronform.Provision.Servers.Budgets;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Bench.Fleet.Product;

/// <summary>The product's Robot client with a budget whose every call falls into another hour, so that it never runs out.</summary>
internal static class RoomyRobot
{
    public static RobotClient Open(RobotAccess access, TimeProvider time, LogFile logs)
    {
        var log = logs.Factory.CreateLogger<RobotClient>();
        var http = RobotHttp.Create(new RobotConnection(access.Url, access.Username.Resolve().Reveal(), access.Password.Resolve().Reveal()));
        return new RobotClient(http, RobotPipelines.Create(time, log), time, log, new RobotBudget(null, new RacingHours(time), log));
    }

    private sealed class RacingHours(TimeProvider time) : TimeProvider
    {
        private readonly DateTimeOffset _began = time.GetUtcNow();
        private long _looks;

        public override DateTimeOffset GetUtcNow() => _began + TimeSpan.FromHours(Interlocked.Increment(ref _looks));
    }
}

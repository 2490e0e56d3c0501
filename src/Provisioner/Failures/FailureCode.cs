namespace Kronform.Provision.Failures;

/// <summary>
/// A failure an operator can meet: a name that never changes, the exit code, and whether anything can have been changed on the
/// server when it appears. Each code is a heading in runbook.md, which a test checks.
/// </summary>
public sealed record FailureCode(string Name, int ExitCode)
{
    public override string ToString() => Name;

    public static readonly FailureCode Internal = new("internal", 1);
    public static readonly FailureCode Usage = new("usage", 2);

    public static readonly FailureCode ConfigInvalid = new("config.invalid", 10);
    public static readonly FailureCode UnknownNode = new("config.unknown-node", 11);
    public static readonly FailureCode MachineConfigMissing = new("config.machine-config-missing", 12);
    public static readonly FailureCode MachineConfigInvalid = new("config.machine-config-invalid", 13);
    public static readonly FailureCode BootstrapRole = new("config.bootstrap-role", 14);
    public static readonly FailureCode CredentialsMissing = new("config.credentials-missing", 15);
    public static readonly FailureCode SshKey = new("config.ssh-key", 16);
    public static readonly FailureCode AgentMissing = new("config.agent-missing", 17);

    public static readonly FailureCode RobotUnauthorized = new("robot.unauthorized", 20);
    public static readonly FailureCode RobotServerNotFound = new("robot.server-not-found", 21);
    public static readonly FailureCode RobotRateLimited = new("robot.rate-limited", 22);
    public static readonly FailureCode RobotUnavailable = new("robot.unavailable", 23);
    public static readonly FailureCode RobotRefused = new("robot.refused", 24);
    public static readonly FailureCode ServerUnusable = new("robot.server-unusable", 25);

    public static readonly FailureCode DiskNone = new("disk.none", 30);
    public static readonly FailureCode DiskAmbiguous = new("disk.ambiguous", 31);
    public static readonly FailureCode DiskGuarded = new("disk.guarded", 32);
    public static readonly FailureCode DiskChanged = new("disk.changed", 33);
    public static readonly FailureCode DiskBusy = new("disk.busy", 34);
    public static readonly FailureCode DiskWrite = new("disk.write-failed", 35);
    public static readonly FailureCode DiskReadBack = new("disk.read-back", 36);
    public static readonly FailureCode BootThreat = new("disk.boot-threat", 37);

    public static readonly FailureCode ImageUnavailable = new("image.unavailable", 40);
    public static readonly FailureCode ImageDigest = new("image.digest-mismatch", 41);
    public static readonly FailureCode ImageFormat = new("image.unreadable", 42);
    public static readonly FailureCode ImageDoesNotFit = new("image.does-not-fit", 43);

    public static readonly FailureCode DiskStalled = new("disk.stalled", 46);

    public static readonly FailureCode RescueDeadline = new("rescue.deadline", 50);
    public static readonly FailureCode RescueHostKey = new("rescue.host-key", 51);
    public static readonly FailureCode RescueNotProven = new("rescue.not-proven", 52);
    public static readonly FailureCode RescueAuthentication = new("rescue.authentication", 53);
    public static readonly FailureCode RescueLinkLost = new("rescue.link-lost", 54);
    public static readonly FailureCode AgentFailed = new("agent.failed", 55);
    public static readonly FailureCode AgentBadOrder = new("agent.bad-order", 56);
    public static readonly FailureCode AgentCancelled = new("agent.cancelled", 57);
    public static readonly FailureCode ForeignSystem = new("server.foreign-system", 58);

    public static readonly FailureCode BootDeadline = new("boot.deadline", 60);
    public static readonly FailureCode BootNotOurs = new("boot.not-ours", 61);
    public static readonly FailureCode BootVkvm = new("boot.vkvm", 62);
    public static readonly FailureCode TalosForeign = new("talos.foreign", 63);
    public static readonly FailureCode TalosConfigRejected = new("talos.config-rejected", 64);
    public static readonly FailureCode BootstrapRefused = new("talos.bootstrap-refused", 65);
    public static readonly FailureCode TalosUnhealthy = new("talos.unhealthy", 66);
    public static readonly FailureCode TalosUnreachable = new("talos.unreachable", 67);

    public static readonly FailureCode RunLocked = new("run.locked", 70);
    public static readonly FailureCode RunJournal = new("run.journal", 71);
    public static readonly FailureCode ResetsExhausted = new("run.resets-exhausted", 72);
    public static readonly FailureCode Cancelled = new("run.cancelled", 130);

    /// <summary>Every code, for the table in the documentation and the tests that hold it to the code.</summary>
    public static IReadOnlyList<FailureCode> All { get; } =
        [.. typeof(FailureCode).GetFields().Where(f => f.FieldType == typeof(FailureCode)).Select(f => (FailureCode)f.GetValue(null)!)];

    /// <summary>The code of that name (the agent's failures carry names), or <see cref="Internal"/>.</summary>
    public static FailureCode Named(string name) => All.FirstOrDefault(c => c.Name == name) ?? Internal;
}

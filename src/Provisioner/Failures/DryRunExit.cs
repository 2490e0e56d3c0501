namespace Kronform.Provision.Failures;

/// <summary>What <c>provision NODE --dry-run</c> can end with; the same table is in <c>--help</c>, README.md and runbook.md.</summary>
public static class DryRunExit
{
    public const string Clean = "exactly one disk fits, and it is clean";

    /// <summary>The answers, then what kept the command from one. Codes of Robot and of defects can come on top.</summary>
    public static IReadOnlyList<FailureCode> Codes { get; } =
    [
        FailureCode.DiskNone, FailureCode.DiskAmbiguous, FailureCode.DiskGuarded, FailureCode.BootThreat, FailureCode.DiskPlanChanged, FailureCode.DiskTalosDisagrees,
        FailureCode.ServerUnreachable, FailureCode.ForeignSystem, FailureCode.TalosForeign, FailureCode.BootVkvm,
        FailureCode.RescueHostKey, FailureCode.RescueNotProven, FailureCode.RescueAuthentication, FailureCode.RescueLinkLost,
        FailureCode.Usage, FailureCode.ConfigInvalid, FailureCode.UnknownNode, FailureCode.MachineConfigMissing, FailureCode.MachineConfigInvalid,
        FailureCode.CredentialsMissing, FailureCode.SshKey, FailureCode.AgentMissing, FailureCode.ConfigDecryption,
    ];

    /// <summary>One line each: exit code, name, meaning.</summary>
    public static IReadOnlyList<string> Lines { get; } =
        [$"  {0,3}  {"",-30}{Clean}", .. Codes.Select(c => $"  {c.ExitCode,3}  {c.Name,-30}{c.Meaning}")];
}

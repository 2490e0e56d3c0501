namespace Kronform.Provision.Failures;

/// <summary>
/// A failure an operator can meet: a name that never changes, the exit code, and whether anything can have been changed on the
/// server when it appears. Each code is a heading and a line of the table in runbook.md, which a test checks.
/// </summary>
/// <param name="Name">Never changes.</param>
/// <param name="ExitCode">What a command ends with; never changes.</param>
/// <param name="Meaning">One line, the same in runbook.md's table; not a sentence of its own.</param>
public sealed record FailureCode(string Name, int ExitCode, string Meaning)
{
    public override string ToString() => Name;

    public static readonly FailureCode Internal = new("internal", 1, "a defect in this program");
    public static readonly FailureCode Usage = new("usage", 2, "the command line, or a file named on it, was not understood");

    public static readonly FailureCode ConfigInvalid = new("config.invalid", 10, "provision.yaml is malformed or contradicts itself");
    public static readonly FailureCode UnknownNode = new("config.unknown-node", 11, "the node is not in provision.yaml");
    public static readonly FailureCode MachineConfigMissing = new("config.machine-config-missing", 12, "the node's machine config cannot be read");
    public static readonly FailureCode MachineConfigInvalid = new("config.machine-config-invalid", 13, "the machine config, or its disk selector, is not one the node can be given");
    public static readonly FailureCode BootstrapRole = new("config.bootstrap-role", 14, "bootstrap: true is on a node that is no control plane");
    public static readonly FailureCode CredentialsMissing = new("config.credentials-missing", 15, "the Robot credentials are not where provision.yaml says");
    public static readonly FailureCode SshKey = new("config.ssh-key", 16, "the SSH key is not there or not one");
    public static readonly FailureCode AgentMissing = new("config.agent-missing", 17, "kronform-agent does not lie beside provision");
    public static readonly FailureCode ConfigDecryption = new("config.decryption", 18, "an encrypted machine config cannot be decrypted");
    public static readonly FailureCode Talosconfig = new("config.talosconfig", 19, "the talosconfig cannot be used");

    public static readonly FailureCode RobotUnauthorized = new("robot.unauthorized", 20, "Robot does not accept user or password");
    public static readonly FailureCode RobotServerNotFound = new("robot.server-not-found", 21, "the server number is not in the Robot account");
    public static readonly FailureCode RobotRateLimited = new("robot.rate-limited", 22, "Robot's hourly limit is used up");
    public static readonly FailureCode RobotUnavailable = new("robot.unavailable", 23, "Robot cannot be reached, or fails itself");
    public static readonly FailureCode RobotRefused = new("robot.refused", 24, "Robot refused one call for a reason of its own");
    public static readonly FailureCode ServerUnusable = new("robot.server-unusable", 25, "Robot says that the server cannot be used, or does not own the address");
    public static readonly FailureCode ServerIdentity = new("server.identity", 26, "what answers is not the machine the node was before");

    public static readonly FailureCode DiskNone = new("disk.none", 30, "no disk fits the conditions");
    public static readonly FailureCode DiskAmbiguous = new("disk.ambiguous", 31, "several disks fit the conditions");
    public static readonly FailureCode DiskGuarded = new("disk.guarded", 32, "the one disk that fits is refused by a guard");
    public static readonly FailureCode DiskChanged = new("disk.changed", 33, "the disk is not as it was when it was chosen");
    public static readonly FailureCode DiskBusy = new("disk.busy", 34, "the disk is mounted, held or open");
    public static readonly FailureCode DiskWrite = new("disk.write-failed", 35, "the kernel reported an error while writing");
    public static readonly FailureCode DiskReadBack = new("disk.read-back", 36, "what was read back is not what was written");
    public static readonly FailureCode BootThreat = new("disk.boot-threat", 37, "another disk would take over the new node");
    public static readonly FailureCode DiskPlanChanged = new("disk.plan-changed", 38, "the disks are no longer as the approved plan says");
    public static readonly FailureCode DiskTalosDisagrees = new("disk.talos-disagrees", 39, "Talos would take its own selector for another disk than provision.yaml names");
    public static readonly FailureCode DiskWipe = new("disk.wipe-failed", 48, "what is wiped could not be kept, or did not go away");

    public static readonly FailureCode ImageUnavailable = new("image.unavailable", 40, "the image cannot be opened, or broke off");
    public static readonly FailureCode ImageDigest = new("image.digest-mismatch", 41, "the image is not the one that is pinned");
    public static readonly FailureCode ImageFormat = new("image.unreadable", 42, "the image is in no known format, or damaged");
    public static readonly FailureCode ImageDoesNotFit = new("image.does-not-fit", 43, "the image does not fit the disk");
    public static readonly FailureCode ImageCache = new("image.cache", 44, "the local copy of the image cannot be made or kept");
    public static readonly FailureCode ImageSchematic = new("image.schematic", 45, "the Image Factory does not give the schematic's image");
    public static readonly FailureCode DiskStalled = new("disk.stalled", 46, "the disk does not answer any more");

    public static readonly FailureCode RescueDeadline = new("rescue.deadline", 50, "the rescue system did not come up");
    public static readonly FailureCode RescueHostKey = new("rescue.host-key", 51, "what answers SSH has not the rescue system's host key");
    public static readonly FailureCode RescueNotProven = new("rescue.not-proven", 52, "what let us in does not look like a rescue system");
    public static readonly FailureCode RescueAuthentication = new("rescue.authentication", 53, "the rescue system refuses our SSH key");
    public static readonly FailureCode RescueLinkLost = new("rescue.link-lost", 54, "the connection to the rescue system was lost");
    public static readonly FailureCode AgentFailed = new("agent.failed", 55, "the agent ended without a result");
    public static readonly FailureCode AgentBadOrder = new("agent.bad-order", 56, "the agent did not understand its order");
    public static readonly FailureCode AgentCancelled = new("agent.cancelled", 57, "the agent was told to stop");
    public static readonly FailureCode AgentBusy = new("agent.busy", 80, "another job is at work in the rescue system");
    public static readonly FailureCode ForeignSystem = new("server.foreign-system", 58, "the server runs neither Talos nor a rescue system");
    public static readonly FailureCode ServerUnreachable = new("server.unreachable", 59, "the server cannot be asked for its disks: nothing answers, or not yet");

    public static readonly FailureCode BootDeadline = new("boot.deadline", 60, "the written disk did not come up");
    public static readonly FailureCode BootNotOurs = new("boot.not-ours", 61, "something came up that is not the written disk");
    public static readonly FailureCode BootVkvm = new("boot.vkvm", 62, "the server runs Hetzner's vKVM");
    public static readonly FailureCode TalosForeign = new("talos.foreign", 63, "Talos has a certificate of another CA");
    public static readonly FailureCode TalosConfigRejected = new("talos.config-rejected", 64, "Talos refused the machine config");
    public static readonly FailureCode BootstrapRefused = new("talos.bootstrap-refused", 65, "bootstrapping was refused, or would make a second cluster");
    public static readonly FailureCode TalosUnhealthy = new("talos.unhealthy", 66, "the node did not become healthy in time");
    public static readonly FailureCode TalosUnreachable = new("talos.unreachable", 67, "the node does not answer and must not be reset blindly");
    public static readonly FailureCode Kubeconfig = new("talos.kubeconfig", 68, "the kubeconfig could not be had, or not be written");

    public static readonly FailureCode RunLocked = new("run.locked", 70, "another provision works on the node");
    public static readonly FailureCode RunJournal = new("run.journal", 71, "the state folder cannot be written, or a journal is damaged");
    public static readonly FailureCode ResetsExhausted = new("run.resets-exhausted", 72, "the resets of one attempt are used up");
    public static readonly FailureCode Cancelled = new("run.cancelled", 130, "the run was stopped by you");

    /// <summary>Every code, for the table in the documentation and the tests that hold it to the code.</summary>
    public static IReadOnlyList<FailureCode> All { get; } =
        [.. typeof(FailureCode).GetFields().Where(f => f.FieldType == typeof(FailureCode)).Select(f => (FailureCode)f.GetValue(null)!)];

    /// <summary>The code of that name (the agent's failures carry names), or <see cref="Internal"/>.</summary>
    public static FailureCode Named(string name) => All.FirstOrDefault(c => c.Name == name) ?? Internal;
}

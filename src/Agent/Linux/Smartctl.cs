namespace Kronform.Provision.Agent.Linux;

internal interface ISmartctl
{
    /// <summary>What <c>smartctl --json --health</c> prints of a disk; null where there is no smartctl.</summary>
    /// <param name="name">Kernel name.</param>
    Task<string?> HealthAsync(string name, CancellationToken cancellation);
}

/// <param name="root">Where the device nodes are: <c>/dev</c>.</param>
internal sealed class Smartctl(string root) : ISmartctl
{
    // Its exit status is repeated in what it prints.
    public async Task<string?> HealthAsync(string name, CancellationToken cancellation) =>
        (await ToolProcess.RunAsync("smartctl", ["--json", "--health", BlockDevices.PathOf(root, name)], cancellation))?.Output;
}

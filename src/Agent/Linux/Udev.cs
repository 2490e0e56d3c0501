namespace Kronform.Provision.Agent.Linux;

internal interface IUdev
{
    /// <summary>
    /// Waits until udev has nothing left to do. False: it was still busy at the end. True also where there is no udev,
    /// because nothing more is to be expected then.
    /// </summary>
    Task<bool> SettleAsync(TimeSpan limit, CancellationToken cancellation);
}

internal sealed class Udevadm : IUdev
{
    public async Task<bool> SettleAsync(TimeSpan limit, CancellationToken cancellation) =>
        await ToolProcess.RunAsync("udevadm", ["settle", $"--timeout={(int)limit.TotalSeconds}"], cancellation) is not { ExitCode: not 0 };
}

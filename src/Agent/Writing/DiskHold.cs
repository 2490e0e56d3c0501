using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Takes the disk for this process alone.</summary>
internal static class DiskHold
{
    private const int Attempts = 10;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(500);

    /// <summary>Tries for five seconds: udev opens a disk for moments whenever something happens to it.</summary>
    /// <exception cref="AgentFailure">Busy, gone, or another disk has taken the name in the meantime.</exception>
    public static async Task<IDiskDevice> TakeAsync(AgentWorld world, BlockDevice disk, CancellationToken cancellation)
    {
        var device = await OpenAsync(world, disk, cancellation);
        try
        {
            // The name was looked up before the disk was opened. While it is open it cannot pass to another disk, so one more
            // look settles that the open one is the one that was meant.
            var folder = DiskFolder.Find(world.Roots).SingleOrDefault(candidate => candidate.Name == disk.Name);
            var now = folder is null ? null : DiskDescription.Of(world.Roots, folder);
            if (folder is null || now!.Serial != disk.Serial || now.Wwn != disk.Wwn || device.SizeBytes != disk.SizeBytes)
                throw new AgentFailure(AgentFailureCodes.DiskChanged, $"Taking {disk.Name} ({disk.Identity}): another disk has that name now");
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private static async Task<IDiskDevice> OpenAsync(AgentWorld world, BlockDevice disk, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return world.Devices.Hold(disk.Name);
            }
            catch (DiskIoException busy) when (busy.IsBusy && attempt < Attempts)
            {
                await Task.Delay(BetweenAttempts, world.Time, cancellation);
            }
            catch (DiskIoException failure)
            {
                throw new AgentFailure(failure.IsBusy ? AgentFailureCodes.DiskBusy : AgentFailureCodes.DiskWrite,
                    $"Taking {disk.Name} ({disk.Identity}) for this process alone", failure);
            }
        }
    }
}

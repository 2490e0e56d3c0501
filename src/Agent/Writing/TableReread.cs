using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Lets the kernel see which partitions there are. Nobody needs the new ones before the reboot, so failing is a warning at most.</summary>
internal static class TableReread
{
    private const int Attempts = 6;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// After the wiping: whoever takes an inventory while the image is written should not be shown partitions of which the disk has
    /// nothing any more. A refusal costs no more than that, so it is not even worth a word, or a second attempt.
    /// </summary>
    public static void TryOnce(IDiskDevice device)
    {
        try
        {
            _ = device.RereadTable();
        }
        catch (DiskIoException)
        {
        }
    }

    public static async Task TryAsync(IDiskDevice device, EventStream events, TimeProvider time)
    {
        var why = "a partition is in use";
        try
        {
            // Right after a write udev may be looking at the old partitions: that passes. Any other refusal does not.
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                if (device.RereadTable()) return;
                if (attempt < Attempts) await Task.Delay(BetweenAttempts, time, CancellationToken.None);
            }
        }
        catch (DiskIoException failure)
        {
            why = failure.Message;
        }
        events.Warn($"The kernel did not take the new partition table of {device.Name} ({why}); after the reboot it will");
    }
}

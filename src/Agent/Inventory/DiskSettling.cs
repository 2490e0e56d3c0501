using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>
/// Waits until the disks have told who they are. Right after boot serial and WWN of a disk may still be empty, and a disk
/// without its name cannot be told from its twin.
/// </summary>
internal sealed class DiskSettling(HostRoots roots, IUdev udev, TimeProvider time, Action<string> warn)
{
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    public async Task WaitAsync(CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var settled = await udev.SettleAsync(LongWait, cancellation);
        var secondLookEnds = time.GetElapsedTime(started) + ShortWait;
        while (true)
        {
            var awaited = DiskFolder.Find(roots)
                .Select(disk => (disk.Name, Missing: Missing(disk, settled)))
                .Where(disk => disk.Missing is not null)
                .ToArray();
            if (awaited.Length == 0) return;

            var waited = time.GetElapsedTime(started);
            var end = settled && awaited.All(disk => !disk.Missing!.Surely) ? secondLookEnds : LongWait;
            if (waited >= end)
            {
                foreach (var kind in awaited.GroupBy(disk => disk.Missing!.What, disk => disk.Name))
                    warn($"Still {kind.Key} after {waited.TotalSeconds:F0} s: {string.Join(", ", kind)}");
                return;
            }
            await Task.Delay(BetweenLooks, time, cancellation);
        }
    }

    /// <param name="What">What the disk has not told.</param>
    /// <param name="Surely">It has it, and will tell.</param>
    private sealed record MissingName(string What, bool Surely);

    /// <summary>
    /// NVMe, SATA and SAS disks have both a serial and a WWN, so either is waited for as long as udev has not written down what it
    /// asked the disk; a settled udev that did so and got no WWN has the disk's last word (old SATA disks have none). Others,
    /// virtio above all, may never have either.
    /// </summary>
    private MissingName? Missing(DiskFolder disk, bool settled)
    {
        var description = DiskDescription.Of(roots, disk);
        var names = description.Transport is "nvme" or "sata" or "sas";
        return (description.Serial, description.Wwn) switch
        {
            (null, null) => new MissingName("neither serial nor WWN", names),
            (null, _) when names => new MissingName("no serial", true),
            (_, null) when names && !(settled && disk.Udev.NamesSerial) => new MissingName("no WWN", true),
            _ => null,
        };
    }
}

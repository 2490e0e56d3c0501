using Kronform.Provision.Failures;

namespace Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

/// <summary>
/// The answer by the rules, worked out from what the disks truly are. It shares no code with the product: neither its selectors nor
/// its guards nor its reading of an inventory.
/// </summary>
/// <param name="Code">Null when nothing stops the run.</param>
/// <param name="Disk">The disk to write to; also beside a boot threat. Null otherwise.</param>
internal sealed record RightAnswer(FailureCode? Code, TrueDisk? Disk)
{
    public static RightAnswer Of(List<TrueDisk> machine, RandomWish wish, long imageBytes, IReadOnlyCollection<string> allowDataLoss)
    {
        // A reader without a card is no disk.
        var disks = machine.Where(d => d.Size > 0).ToList();
        if (disks.Count == 0) return new RightAnswer(FailureCode.DiskNone, null);

        if (wish is { Config: null, Override: null })
        {
            // A kernel name says something only where there is nothing to confuse.
            if (disks.Count > 1) return new RightAnswer(FailureCode.DiskAmbiguous, null);
        }

        var byConfig = disks.Where(d => wish.Config?.Invoke(d) ?? true).ToList();
        var both = byConfig.Where(d => wish.Override?.Invoke(d) ?? true).ToList();
        if (both.Count == 0) return new RightAnswer(FailureCode.DiskNone, null);
        if (both.Count > 1) return new RightAnswer(FailureCode.DiskAmbiguous, null);

        var disk = both[0];
        if (MustNotBeWritten(disk, disks, imageBytes) || (disk.Content.IsData && !MayLose(disk, disks, allowDataLoss)))
            return new RightAnswer(FailureCode.DiskGuarded, null);
        if (wish.Config is not null && byConfig.Count > 1) return new RightAnswer(FailureCode.DiskTalosDisagrees, null);
        return new RightAnswer(disks.Exists(d => d.Slot != disk.Slot && d.Content.Hijacks) ? FailureCode.BootThreat : null, disk);
    }

    private static bool MustNotBeWritten(TrueDisk disk, List<TrueDisk> disks, long imageBytes) =>
        disk.Mounted || disk.Content.IsHeld || disk.ReadOnly || disk.Removable || disk.Medium == Medium.Usb || disk.Virtual || disk.BigSectors
        || disk.Failing || disk.Size < imageBytes || !disk.HasIdentity
        || disks.Exists(d => d.Slot != disk.Slot && d.Serial == disk.Serial && d.TalosWwid == disk.TalosWwid && d.Size == disk.Size);

    private static bool MayLose(TrueDisk disk, List<TrueDisk> disks, IReadOnlyCollection<string> allowed) =>
        disk.Serial is not null && allowed.Contains(disk.Serial) && !disks.Exists(d => d.Slot != disk.Slot && d.Serial == disk.Serial);
}

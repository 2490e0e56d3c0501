using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Control;

/// <param name="Resets">Presses of the reset button, ignored ones included.</param>
/// <param name="LastRescue">Of the last rescue that reached its network; null before.</param>
public sealed record NodeStatus(
    string Name,
    int Server,
    MachineState State,
    int Resets,
    IReadOnlyList<BootRecord> Boots,
    RescueReport? LastRescue,
    Quirks Quirks);

/// <param name="Digest">As <see cref="Disks.ContentDigest"/> defines it.</param>
public sealed record DiskStatus(string Name, DiskRole Role, string Serial, string Digest);

/// <param name="Keys">Lines for authorized_keys.</param>
public sealed record ArmRequest(IReadOnlyList<string> Keys, string Os = "linux");

/// <summary>Changes the quirks that are given and leaves the others.</summary>
public sealed record QuirkRequest(
    int? IgnoreResets = null,
    bool? NeverBootRescue = null,
    bool? BootDiskAlthoughArmed = null,
    bool? IgnoreCtrlAltDel = null,
    double? BootDelaySeconds = null,
    bool? ReportOtherHostKeys = null)
{
    public Quirks On(Quirks quirks) => quirks with
    {
        IgnoreResets = IgnoreResets ?? quirks.IgnoreResets,
        NeverBootRescue = NeverBootRescue ?? quirks.NeverBootRescue,
        BootDiskAlthoughArmed = BootDiskAlthoughArmed ?? quirks.BootDiskAlthoughArmed,
        IgnoreCtrlAltDel = IgnoreCtrlAltDel ?? quirks.IgnoreCtrlAltDel,
        BootDelaySeconds = BootDelaySeconds ?? quirks.BootDelaySeconds,
        ReportOtherHostKeys = ReportOtherHostKeys ?? quirks.ReportOtherHostKeys,
    };
}

namespace Kronform.Provision.Protocol;

/// <summary>
/// What makes a disk this disk. Kernel names (sda, nvme0n1) are deliberately absent: they change between boots.
/// </summary>
/// <param name="Serial">As the rescue system reports it, trimmed; null when the disk has none.</param>
/// <param name="Wwn">As the rescue system reports it (<c>0x5…</c>, <c>eui.…</c>, <c>nvme.…</c>); null when the disk has none.</param>
/// <param name="SizeBytes">Exact size; an equal serial with another size is another disk.</param>
public sealed record DiskIdentity(string? Serial, string? Wwn, long SizeBytes)
{
    public override string ToString() => Serial is not null ? $"serial {Serial}" : $"wwn {Wwn}";
}

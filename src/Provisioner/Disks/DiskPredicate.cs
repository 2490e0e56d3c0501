namespace Kronform.Provision.Disks;

/// <summary>One condition a disk must meet, and how it is explained.</summary>
/// <param name="Text">As an operator reads it: <c>size: &lt; 1TB</c>.</param>
/// <param name="Test">Whether a disk meets it.</param>
/// <param name="Actual">What the disk has instead, as a sentence's end: "it has 4.0 TB".</param>
/// <param name="Cel">The term Talos 1.9 and later evaluates for it; null for conditions that Talos does not know.</param>
public sealed record DiskPredicate(string Text, Func<TalosDisk, bool> Test, Func<TalosDisk, string> Actual, string? Cel = null)
{
    /// <summary>Talos adds it by itself; nobody wrote it.</summary>
    public bool IsImplied { get; init; }

    /// <summary>Null when the disk meets it, else why not.</summary>
    public string? FailureOn(TalosDisk disk) => Test(disk) ? null : $"{Text} fails: {Actual(disk)}";
}

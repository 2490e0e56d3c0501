namespace Kronform.Provision.Disks.Cel;

internal enum CelType
{
    Bool,
    Text,
    Unsigned,
    Signed,
    Fraction,
    TextList,
}

/// <summary>A typed part of an expression. Types are checked while parsing, as Talos does, so evaluation cannot fail on them.</summary>
/// <param name="Value">A bool, string, ulong, long, double or list of strings, as <paramref name="Type"/> says.</param>
/// <param name="Literal">The value, when it does not depend on the disk.</param>
/// <param name="Field">The disk's field, when it is just that.</param>
internal sealed record CelTerm(CelType Type, Func<TalosDisk, object> Value, object? Literal = null, string? Field = null)
{
    public static CelTerm Constant(CelType type, object value) => new(type, _ => value, value);

    public bool IsTrueFor(TalosDisk disk) => (bool)Value(disk);
}

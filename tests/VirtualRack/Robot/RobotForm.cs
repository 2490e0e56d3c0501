namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>The parameters of a form body, read as PHP reads them: <c>name</c> once, or <c>name[]</c> repeated.</summary>
internal sealed class RobotForm(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
{
    public static readonly RobotForm None = new(new Dictionary<string, IReadOnlyList<string>>());

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Values => values;

    /// <summary>Of a repeated plain name the last one counts; an empty value counts as none.</summary>
    public string? One(string name) => values.TryGetValue(name, out var given) && given[^1].Length > 0 ? given[^1] : null;

    public IReadOnlyList<string> Many(string name) =>
        values.TryGetValue($"{name}[]", out var list) ? list : One(name) is { } one ? [one] : [];
}

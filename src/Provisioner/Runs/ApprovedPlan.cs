namespace Kronform.Provision.Runs;

/// <summary>The plan hash that an operator read in a disk report and named with <c>--plan</c>, or its beginning.</summary>
public sealed record ApprovedPlan
{
    /// <summary>48 bits: no two plans of one machine share them by accident.</summary>
    public const int FewestDigits = 12;

    private const int AllDigits = 64;

    private ApprovedPlan(string digits) => Digits = digits;

    /// <summary>Lower-case hex.</summary>
    public string Digits { get; }

    /// <summary>Null when it is not 12 to 64 hex digits.</summary>
    public static ApprovedPlan? Parse(string text) =>
        text.Length is >= FewestDigits and <= AllDigits && text.All(char.IsAsciiHexDigit) ? new ApprovedPlan(text.ToLowerInvariant()) : null;

    public bool Names(string planHash) => planHash.StartsWith(Digits, StringComparison.Ordinal);

    public override string ToString() => Digits;
}

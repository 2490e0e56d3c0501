using System.Globalization;
using System.Numerics;

namespace Kronform.Provision.Disks;

/// <summary>
/// The size condition of a Talos disk selector, e.g. <c>&lt;= 256GB</c>. The number and unit follow go-humanize 1.0.1 ParseBytes,
/// which Talos uses: GB is 1000³, GiB is 1024³, commas are dropped, fractions of a byte too. No operator means exactly equal.
/// </summary>
public sealed record SizeExpression(string Operator, ulong Bytes)
{
    private static readonly string[] Operators = [">=", "<=", ">", "<", "=="];

    /// <summary>Null when it does not parse; Talos refuses such a config.</summary>
    public static SizeExpression? TryParse(string text)
    {
        var rest = text.Trim();
        var found = Operators.FirstOrDefault(o => rest.StartsWith(o, StringComparison.Ordinal));
        var bytes = ParseBytes(rest[(found?.Length ?? 0)..].Trim());
        return bytes is null ? null : new SizeExpression(found ?? "==", bytes.Value);
    }

    public bool Matches(long sizeBytes)
    {
        var size = (ulong)sizeBytes;
        return Operator switch
        {
            ">=" => size >= Bytes,
            "<=" => size <= Bytes,
            ">" => size > Bytes,
            "<" => size < Bytes,
            _ => size == Bytes,
        };
    }

    private static ulong? ParseBytes(string text)
    {
        var length = text.TakeWhile(c => char.IsAsciiDigit(c) || c is '.' or ',').Count();
        var number = text[..length].Replace(",", "", StringComparison.Ordinal);
        if (Factor(text[length..].Trim().ToLowerInvariant()) is not { } factor
            || !double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return null;
        var bytes = value * factor;
        return bytes >= ulong.MaxValue ? null : (ulong)bytes;
    }

    private static double? Factor(string unit)
    {
        if (unit is "" or "b") return 1;
        var power = "kmgtpe".IndexOf(unit[0], StringComparison.Ordinal) + 1;
        if (power == 0) return null;
        return unit[1..] switch
        {
            "" or "b" => (double)BigInteger.Pow(1000, power),
            "i" or "ib" => (double)BigInteger.Pow(1024, power),
            _ => null,
        };
    }
}

namespace Kronform.Provision.Disks.Cel;

/// <summary>Comparisons and arithmetic. Sizes are unsigned; a plain integer beside one is a type error in Talos, so here too.</summary>
internal static class CelOperators
{
    public static CelTerm Compare(string symbol, CelTerm left, CelTerm right)
    {
        if (symbol == "in")
        {
            if (left.Type != CelType.Text || right.Type != CelType.TextList) throw new CelException("in needs a text and a list of texts");
            if (right.Field is not null) return InLinks(left);
            return new CelTerm(CelType.Bool, d => ((IReadOnlyList<string>)right.Value(d)).Contains((string)left.Value(d)));
        }

        RequireSameType(symbol, left, right);
        if (left.Type == CelType.TextList || (left.Type == CelType.Bool && symbol is not ("==" or "!=")))
            throw new CelException($"compares what cannot be compared by {symbol}");
        return new CelTerm(CelType.Bool, d => Holds(symbol, Order(left.Value(d), right.Value(d))));
    }

    public static CelTerm Calculate(string symbol, CelTerm left, CelTerm right)
    {
        RequireSameType(symbol, left, right);
        // Only constants are ever calculated in practice (10u * GiB); that also lets an overflow be found before any disk is seen.
        if (left.Literal is null || right.Literal is null) throw new CelException($"calculates with {symbol} on a disk's field, which is not supported yet", isUnsupported: true);
        try
        {
            return CelTerm.Constant(left.Type, (left.Literal, right.Literal) switch
            {
                (ulong a, ulong b) => symbol switch
                {
                    "+" => checked(a + b), "-" => checked(a - b), "*" => checked(a * b), "/" => a / b, _ => a % b,
                },
                _ => throw new CelException($"{symbol} is supported for unsigned numbers (10u) only", isUnsupported: true),
            });
        }
        catch (Exception error) when (error is OverflowException or DivideByZeroException)
        {
            throw new CelException("calculates a number that is out of range");
        }
    }

    /// <summary>An inventory has the links below by-id only, and those by the identity that their names carry.</summary>
    private static CelTerm InLinks(CelTerm left)
    {
        if (left.Literal is not string link) throw new CelException("looks for a text of the disk among its symlinks, which is not supported yet", isUnsupported: true);
        if (!link.StartsWith(InstallDisk.ById, StringComparison.Ordinal))
            throw new CelException($"looks for {link}; only links below {InstallDisk.ById.TrimEnd('/')} are known here", isUnsupported: true);
        var predicate = InstallDisk.ByIdLink(link[InstallDisk.ById.Length..], link);
        return new CelTerm(CelType.Bool, d => predicate.Test(d));
    }

    private static bool Holds(string symbol, int order) => symbol switch
    {
        "==" => order == 0,
        "!=" => order != 0,
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    private static int Order(object left, object right) =>
        left is string text ? string.CompareOrdinal(text, (string)right) : ((IComparable)left).CompareTo(right);

    private static void RequireSameType(string symbol, CelTerm left, CelTerm right)
    {
        if (left.Type == right.Type) return;
        var sizes = (left.Type, right.Type) is (CelType.Unsigned, CelType.Signed) or (CelType.Signed, CelType.Unsigned);
        throw new CelException(sizes ? "compares a size with a plain integer; write the number with u, like 10u" : $"has different types on both sides of {symbol}");
    }
}

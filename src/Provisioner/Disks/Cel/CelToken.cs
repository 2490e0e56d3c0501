using System.Globalization;
using System.Text;

namespace Kronform.Provision.Disks.Cel;

internal enum CelTokenKind
{
    Name,
    Text,
    Unsigned,
    Signed,
    Fraction,
    Symbol,
    End,
}

internal sealed record CelToken(CelTokenKind Kind, string Text, object? Value, int Start, int End)
{
    private static readonly string[] Symbols = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", "%", "?", ":"];

    /// <exception cref="CelException">At the first character that begins nothing.</exception>
    public static IReadOnlyList<CelToken> Split(string source)
    {
        var tokens = new List<CelToken>();
        var position = 0;
        while (true)
        {
            while (position < source.Length && char.IsWhiteSpace(source[position])) position++;
            if (position == source.Length)
            {
                tokens.Add(new CelToken(CelTokenKind.End, "the end", null, position, position));
                return tokens;
            }

            var token = Next(source, position);
            tokens.Add(token);
            position = token.End;
        }
    }

    private static CelToken Next(string source, int start)
    {
        var c = source[start];
        if (char.IsAsciiLetter(c) || c == '_')
        {
            var end = start;
            while (end < source.Length && (char.IsAsciiLetterOrDigit(source[end]) || source[end] == '_')) end++;
            return new CelToken(CelTokenKind.Name, source[start..end], null, start, end);
        }

        if (char.IsAsciiDigit(c)) return Number(source, start);
        if (c is '"' or '\'') return Quoted(source, start);
        var symbol = Array.Find(Symbols, s => string.CompareOrdinal(source, start, s, 0, s.Length) == 0)
            ?? throw new CelException($"\"{c}\" at character {start + 1} begins nothing known");
        return new CelToken(CelTokenKind.Symbol, symbol, null, start, start + symbol.Length);
    }

    private static CelToken Number(string source, int start)
    {
        var end = start;
        while (end < source.Length && char.IsAsciiDigit(source[end])) end++;
        if (end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
        {
            end++;
            while (end < source.Length && char.IsAsciiDigit(source[end])) end++;
            return new CelToken(CelTokenKind.Fraction, source[start..end], double.Parse(source.AsSpan(start, end - start), CultureInfo.InvariantCulture), start, end);
        }

        var digits = source[start..end];
        if (!ulong.TryParse(digits, out var value)) throw new CelException($"the number {digits} is too large");
        var unsigned = end < source.Length && source[end] is 'u' or 'U';
        if (unsigned) end++;
        return new CelToken(unsigned ? CelTokenKind.Unsigned : CelTokenKind.Signed, source[start..end], value, start, end);
    }

    private static CelToken Quoted(string source, int start)
    {
        var text = new StringBuilder();
        for (var i = start + 1; i < source.Length; i++)
        {
            if (source[i] == source[start]) return new CelToken(CelTokenKind.Text, source[start..(i + 1)], text.ToString(), start, i + 1);
            if (source[i] == '\\' && ++i < source.Length && source[i] is not ('\\' or '"' or '\'' or '/'))
                throw new CelException($"the escape \\{source[i]} is not supported yet", isUnsupported: true);
            if (i < source.Length) text.Append(source[i]);
        }

        throw new CelException("a quoted text is not closed");
    }
}

/// <summary>The expression cannot be used; the message is the end of a sentence that begins with the field.</summary>
/// <param name="message">Why.</param>
/// <param name="isUnsupported">Talos understands the expression; only this program does not.</param>
internal sealed class CelException(string message, bool isUnsupported = false) : Exception(message)
{
    public bool IsUnsupported { get; } = isUnsupported;
}

using System.Globalization;

namespace Kronform.Provision.Commands;

/// <summary>Durations as people type them.</summary>
public static class Durations
{
    /// <summary><c>90s</c>, <c>8m</c>, <c>2h</c> or <c>hh:mm:ss</c>; null for anything else or nothing above zero.</summary>
    public static TimeSpan? Parse(string text)
    {
        TimeSpan? value = text switch
        {
            [.. var n, 's'] when Number(n) is { } seconds => TimeSpan.FromSeconds(seconds),
            [.. var n, 'm'] when Number(n) is { } minutes => TimeSpan.FromMinutes(minutes),
            [.. var n, 'h'] when Number(n) is { } hours => TimeSpan.FromHours(hours),
            _ => text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null,
        };
        return value > TimeSpan.Zero ? value : null;
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n) ? n : null;
}

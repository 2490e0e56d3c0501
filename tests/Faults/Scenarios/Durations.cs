namespace Kronform.Provision.Faults.Scenarios;

internal static class Durations
{
    /// <summary>250ms, 90s, 6m or 2h.</summary>
    /// <exception cref="FormatException"/>
    public static TimeSpan Parse(string text)
    {
        var digits = text.TrimEnd('m', 's', 'h');
        if (!double.TryParse(digits, System.Globalization.CultureInfo.InvariantCulture, out double number)) throw new FormatException($"\"{text}\" is not a duration");
        return text[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => throw new FormatException($"\"{text}\" is not a duration"),
        };
    }

    /// <summary>The same, perhaps with a sign before it.</summary>
    /// <exception cref="FormatException"/>
    public static TimeSpan ParseSigned(string text) => text.StartsWith('-') ? -Parse(text[1..]) : Parse(text.TrimStart('+'));
}

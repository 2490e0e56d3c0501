namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>
/// Robot writes times as the wall clock of Europe/Berlin, without a zone. The European rule is written out because time zone data
/// is not on every machine: summer time from the last Sunday of March to the last Sunday of October, each at 01:00 UTC.
/// </summary>
public static class BerlinTime
{
    public static string Text(DateTimeOffset instant)
    {
        var utc = instant.UtcDateTime;
        var summer = utc >= LastSundayAtOne(utc.Year, 3) && utc < LastSundayAtOne(utc.Year, 10);
        return utc.AddHours(summer ? 2 : 1).ToString("yyyy-MM-dd HH:mm:ss");
    }

    private static DateTime LastSundayAtOne(int year, int month)
    {
        var last = new DateTime(year, month, DateTime.DaysInMonth(year, month), 1, 0, 0, DateTimeKind.Utc);
        return last.AddDays(-(int)last.DayOfWeek);
    }
}

namespace Kronform.Provision.Disks;

/// <summary>Sizes as disk vendors and Talos selectors write them: decimal, one digit, exact bytes below a kilobyte.</summary>
public static class ByteCount
{
    private static readonly string[] Units = ["kB", "MB", "GB", "TB", "PB"];

    public static string Text(long bytes)
    {
        if (bytes < 1000) return $"{bytes} B";
        var value = (decimal)bytes;
        var unit = -1;
        while (value >= 999.95m && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return $"{value:0.0} {Units[unit]}";
    }
}

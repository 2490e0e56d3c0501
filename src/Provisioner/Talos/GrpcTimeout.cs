using System.Globalization;

namespace Kronform.Provision.Talos;

/// <summary>A deadline as the header `grpc-timeout`: at most eight digits and a unit (gRPC over HTTP/2, "Timeout").</summary>
internal static class GrpcTimeout
{
    private const long MostDigits = 99_999_999;

    /// <summary>In milliseconds, beyond 27 hours in seconds; never 0, which would have expired before it arrived.</summary>
    public static string Encode(TimeSpan deadline)
    {
        var milliseconds = (long)Math.Ceiling(deadline.TotalMilliseconds);
        return milliseconds <= MostDigits
            ? Text(Math.Max(1, milliseconds)) + "m"
            : Text(Math.Min(MostDigits, (long)Math.Ceiling(deadline.TotalSeconds))) + "S";
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

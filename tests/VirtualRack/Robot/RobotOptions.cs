using System.Net;

namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>How a Robot emulator is set up; what goes wrong with it is in <see cref="Faults"/>.</summary>
public sealed class RobotOptions
{
    public string User { get; set; } = "#ws+emulated";
    public string Password { get; set; } = "emulated-password";

    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>0 takes a free port.</summary>
    public int Port { get; set; }

    /// <summary>Real writes take 2-3 s; the default is 0 so that tests wait only where waiting is the subject.</summary>
    public TimeSpan WriteLatency { get; set; }
    public TimeSpan ReadLatency { get; set; }

    /// <summary>How long an armed rescue waits for a boot.</summary>
    public TimeSpan RescueExpiry { get; set; } = TimeSpan.FromMinutes(60);

    /// <summary>Allowed requests by bucket; starts with the documented numbers. The window is <see cref="RateWindow"/>.</summary>
    public Dictionary<RateBucket, int> RateLimits { get; } = new()
    {
        [RateBucket.Servers] = 200,
        [RateBucket.Ips] = 5000,
        [RateBucket.ResetReads] = 500,
        [RateBucket.ResetPresses] = 50,
        [RateBucket.Boot] = 500,
        [RateBucket.KeyReads] = 500,
        [RateBucket.KeyWrites] = 200,
        [RateBucket.Firewall] = 500,
    };

    public TimeSpan RateWindow { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What a blocked address sees is documented nowhere.</summary>
    public BlockedAddress Blocked { get; set; } = BlockedAddress.Forbidden;

    /// <summary>
    /// Whether <c>rescue/last</c> shows an activation from the moment it is armed, with no host keys yet, or only once it has
    /// booted. Not known of the real service; a client must cope with both.
    /// </summary>
    public bool LastShowsArmedRescue { get; set; } = true;

    public RobotFaults Faults { get; } = new();
}

public enum BlockedAddress
{
    /// <summary>403 with a body that is not JSON.</summary>
    Forbidden,

    /// <summary>The connection is cut without an answer.</summary>
    ConnectionCut,
}

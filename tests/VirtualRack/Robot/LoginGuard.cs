using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.VirtualRack.Robot;

internal enum Login { Accepted, Refused, AddressBlocked }

/// <summary>Basic authentication; three refused logins block the caller for ten minutes.</summary>
internal sealed class LoginGuard(string user, string password, TimeProvider time)
{
    private const int Strikes = 3;
    private static readonly TimeSpan Block = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly byte[] _expected = Encoding.UTF8.GetBytes($"{user}:{password}");
    private int _refused;
    private DateTimeOffset _blockedUntil;

    public Login Check(string? authorization)
    {
        lock (_gate)
        {
            if (time.GetUtcNow() < _blockedUntil)
                return Login.AddressBlocked;
            if (IsExpected(authorization))
            {
                _refused = 0;
                return Login.Accepted;
            }

            if (++_refused == Strikes)
            {
                _refused = 0;
                _blockedUntil = time.GetUtcNow() + Block;
            }

            return Login.Refused;
        }
    }

    private bool IsExpected(string? authorization)
    {
        const string scheme = "Basic ";
        if (authorization is null || !authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        var given = new byte[authorization.Length];
        return Convert.TryFromBase64String(authorization[scheme.Length..], given, out var length)
            && CryptographicOperations.FixedTimeEquals(given.AsSpan(0, length), _expected);
    }
}

namespace Kronform.Provision.Servers;

/// <summary>
/// Robot blocks an address for ten minutes after three failed logins, and several nodes may be provisioned at once. So until one
/// call has shown that the credentials are right, calls go out one at a time, and after a refusal none goes out any more.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle is never asked for holds nothing to dispose.
internal sealed class CredentialGate
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _first = new(1, 1);
    private volatile bool _accepted;
    private volatile bool _refused;

    public bool Refused => _refused;

    /// <summary>Waits until the caller may send. Dispose after the answer has been told.</summary>
    public async Task<Passage> EnterAsync(CancellationToken cancellation)
    {
        if (_accepted || _refused)
            return new Passage(null);

        await _first.WaitAsync(cancellation);
        if (!_accepted && !_refused)
            return new Passage(_first);

        _first.Release();
        return new Passage(null);
    }

    public void Tell(int status, bool isRobotsOwnAnswer)
    {
        if (status == 401)
            _refused = true;
        else if (isRobotsOwnAnswer)
            _accepted = true;
    }

    internal readonly struct Passage(SemaphoreSlim? held) : IDisposable
    {
        public void Dispose() => held?.Release();
    }
}

namespace Kronform.Provision.TalosEmulator.Etcd;

/// <summary>What can go wrong around the one bootstrap. Set at any time, from outside.</summary>
public sealed class BootstrapFaults
{
    private int _repliesToLose;

    /// <summary>NTP has not answered: Bootstrap is refused, and the machine is not ready.</summary>
    public bool ClockNotInSync { get; set; }

    /// <summary>So many of the next accepted calls end without an answer: the connection breaks.</summary>
    public int RepliesToLose
    {
        get => Volatile.Read(ref _repliesToLose);
        set => Volatile.Write(ref _repliesToLose, value);
    }

    internal bool TakeLostReply()
    {
        if (RepliesToLose <= 0) return false;
        Interlocked.Decrement(ref _repliesToLose);
        return true;
    }
}

using System.Collections.Concurrent;

namespace Kronform.Provision.TalosEmulator;

/// <summary>What has been asked of the node since it was started, and what it did.</summary>
public sealed class EmulatorCounters
{
    private readonly ConcurrentDictionary<string, int> _calls = new();
    private int _configsApplied;
    private int _bootstrapsAccepted;
    private int _bootstrapsRefused;

    public int ConfigsApplied => _configsApplied;

    public int BootstrapsAccepted => _bootstrapsAccepted;

    public int BootstrapsRefused => _bootstrapsRefused;

    public int AllCalls => _calls.Values.Sum();

    /// <param name="path">As on the wire: `/machine.MachineService/Version`.</param>
    public int Calls(string path) => _calls.GetValueOrDefault(path);

    internal void CountCall(string path) => _calls.AddOrUpdate(path, 1, (_, count) => count + 1);

    internal void CountConfig() => Interlocked.Increment(ref _configsApplied);

    internal void CountBootstrap(bool accepted) => Interlocked.Increment(ref accepted ? ref _bootstrapsAccepted : ref _bootstrapsRefused);
}

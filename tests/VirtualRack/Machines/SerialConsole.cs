namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>Writes down what a machine prints, over all its boots, and picks out the lines meant for the rack.</summary>
internal sealed class SerialConsole(string path, TimeProvider time) : IDisposable
{
    private readonly StreamWriter _log = new(path, append: false) { AutoFlush = true };
    private readonly List<NodeEvent> _events = [];

    /// <summary>Raised for every line that holds RACK-, cut to begin there.</summary>
    public event Action<NodeEvent>? Printed;

    public string Path => path;

    public IReadOnlyList<NodeEvent> Events
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    public void Note(string text)
    {
        lock (_log)
            _log.WriteLine($"=== {time.GetUtcNow():O} {text}");
    }

    /// <summary>Reads until the machine is gone. Must be kept up: a full pipe stops the machine.</summary>
    public async Task FollowAsync(StreamReader output, int boot)
    {
        while (await output.ReadLineAsync() is { } raw)
        {
            // Firmware and kernel end lines with CR LF, and firmware moves the cursor about before them.
            var line = raw.TrimEnd('\r');
            lock (_log)
                _log.WriteLine(line);
            var at = line.IndexOf("RACK-", StringComparison.Ordinal);
            if (at < 0)
                continue;
            var printed = new NodeEvent(boot, time.GetUtcNow(), line[at..]);
            lock (_events)
                _events.Add(printed);
            Printed?.Invoke(printed);
        }
    }

    public void Dispose() => _log.Dispose();
}

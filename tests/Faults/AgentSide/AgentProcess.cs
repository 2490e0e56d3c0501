using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Kronform.Provision.Agent;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Faults.Product;

namespace Kronform.Provision.Faults.AgentSide;

/// <summary>The real agent over a machine in a folder (see <see cref="FakeHost"/>): only its disks are files, and may be in trouble.</summary>
internal static class AgentProcess
{
    public static async Task<int> RunAsync(string machine, string[] command)
    {
        if (command is ["work", ..]) JobProcesses.Leave();
        var faults = AgentFaults.Read(machine);
        bool harmed = command is ["write" or "verify" or "neutralise", ..] or ["work", ..] && faults.Any && faults.Take(machine);
        var time = faults.Speed == 1 ? TimeProvider.System : new FastTime(faults.Speed);
        var roots = new HostRoots(Path.Combine(machine, "sys"), Path.Combine(machine, "proc"), Path.Combine(machine, "run"), Path.Combine(machine, "etc"));
        var devices = new MachineDisks(machine, harmed ? faults : new AgentFaults());
        var world = new AgentWorld(roots, devices, devices, devices, devices, time, new JobProcesses("agent", machine));
        if (harmed && command is ["work", var id, ..] && faults.DieAtLine is { } last) _ = DieAtAsync(JobFolder.Existing(roots, id).Events, last);

        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        Stream output = Console.OpenStandardOutput();
        if (harmed && faults.DieAtLine is { } words) output = new DeadlyOutput(output, words);
        return await new AgentApp(world).RunAsync(command, Console.OpenStandardInput(), output, Console.Error, watchInput: Environment.GetEnvironmentVariable("KRONFORM_AGENT_NO_WATCH") != "1", stop.Token);
    }

    /// <summary>A job says its events to a file.</summary>
    private static async Task DieAtAsync(string events, string words)
    {
        while (true)
        {
            if (File.Exists(events))
            {
                using var said = new StreamReader(new FileStream(events, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                if ((await said.ReadToEndAsync()).Contains(words, StringComparison.Ordinal)) Death.Now();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    private sealed class MachineDisks(string machine, AgentFaults faults) : IDiskDevices, IUdev, ISmartctl, IKernelLog
    {
        public IDiskDevice OpenToRead(string name) => new FileDisk(name, Path.Combine(machine, "dev-" + name), SectorBytes(name));

        public IDiskDevice Hold(string name)
        {
            if (faults.Busy) throw new DiskIoException($"Could not open {name}: Device or resource busy (16)", 16);
            // As O_EXCL on a block device: one holder at a time, until its process is gone.
            FileStream hold;
            try
            {
                hold = new FileStream(Path.Combine(machine, $"hold-{name}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e)
            {
                throw new DiskIoException($"Could not open {name}: Device or resource busy (16): {e.Message}", 16);
            }

            var trouble = new Trouble
            {
                FailWrite = faults.FailWrite, Lasting = faults.Lasting, LoseWritesFrom = faults.LoseWritesFrom,
                UnreadableAt = faults.UnreadableAt, FlippedAt = faults.FlippedAt,
                BeforeWrite = number =>
                {
                    if (number == faults.DieAtWrite) Death.Now();
                    if (number >= faults.HangAtWrite) Death.Wait();
                },
            };
            return new HeldDisk(new TroubledDisk(new FileDisk(name, Path.Combine(machine, "dev-" + name), SectorBytes(name)), trouble), hold);
        }

        public Task<bool> SettleAsync(TimeSpan limit, CancellationToken cancellation) => Task.FromResult(true);

        public Task<string?> HealthAsync(string name, CancellationToken cancellation) => Task.FromResult<string?>(null);

        public IReadOnlyList<string> ReadNew() => [];

        private int SectorBytes(string name) =>
            int.Parse(File.ReadAllText(Path.Combine(machine, $"sys/block/{name}/queue/logical_block_size")), CultureInfo.InvariantCulture);
    }

    private sealed class HeldDisk(IDiskDevice disk, IDisposable hold) : IDiskDevice
    {
        public string Name => disk.Name;

        public long SizeBytes => disk.SizeBytes;

        public int LogicalSectorBytes => disk.LogicalSectorBytes;

        public void ReadAt(long offset, Span<byte> into) => disk.ReadAt(offset, into);

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => disk.WriteAt(offset, bytes);

        public void ZeroAt(long offset, long length) => disk.ZeroAt(offset, length);

        public void Flush() => disk.Flush();

        public void DropCache() => disk.DropCache();

        public bool RereadTable() => disk.RereadTable();

        public void Dispose()
        {
            disk.Dispose();
            hold.Dispose();
        }
    }

    /// <summary>Kills the process once it has said the words.</summary>
    private sealed class DeadlyOutput(Stream inner, string words) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            inner.Flush();
            if (Encoding.UTF8.GetString(buffer).Contains(words, StringComparison.Ordinal)) Death.Now();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

/// <summary>A clock that runs faster, timers and all.</summary>
internal sealed class FastTime(double speed) : TimeProvider
{
    private readonly DateTimeOffset _epoch = System.GetUtcNow();
    private readonly long _began = System.GetTimestamp();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (long)(System.GetElapsedTime(_began).Ticks * speed);

    public override DateTimeOffset GetUtcNow() => _epoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => System.CreateTimer(callback, state, Fast(dueTime), Fast(period));

    private TimeSpan Fast(TimeSpan span) => span == Timeout.InfiniteTimeSpan ? span : span / speed;
}

using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>
/// A real sshd that shows the machine of a folder: its sysfs and udev's records are laid over the far side's, its one disk is a
/// loop device. The published agent is delivered there as in a run.
/// </summary>
internal sealed class SshdRescue : IAsyncDisposable
{
    public static readonly TestImage Image = new();

    private readonly FakeHost _host = new();
    private SshdServer _server = null!;
    private LoopDevice? _loop;
    private AgentBinary _agent = null!;

    public static string AgentFile => Path.Combine(Path.GetDirectoryName(Environment.GetEnvironmentVariable("KRONFORM_PROVISION") ?? "") ?? "", AgentBinary.FileName);

    public byte[] Disk => _host.Read("sda", 0, 16 * TestImage.MiB);

    public bool HasNoTable => _host.Read("sda", 0, TestImage.MiB).AsSpan().IndexOfAnyExcept((byte)0) < 0;

    /// <summary>The image as it is sent or fetched.</summary>
    public byte[] File { get; } = Image.Raw;

    public static async Task<SshdRescue> StartAsync(CancellationToken cancellation)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "sshd serves root only as root");
        Assert.SkipUnless(System.IO.File.Exists(AgentFile), "scripts/publish has not been run, or KRONFORM_PROVISION does not name its result");
        var rescue = new SshdRescue();
        try
        {
            rescue._host.Add(new FakeDisk("sda", 16 * TestImage.MiB) { Udev = new() { ["ID_SERIAL_SHORT"] = "NEW1", ["ID_WWN"] = "0x5002538c40000001" } });
            rescue._host.Write("sda", 0, "something that was there"u8);
            rescue._loop = LoopDevice.TryAttach(rescue._host.PathOf("sda"));
            Assert.SkipWhen(rescue._loop is null, "no loop device to be had");
            rescue._agent = AgentBinary.Find(AgentFile);
            rescue._server = await SshdServer.StartAsync();
            await SshdTree.RunAsync("cp", "-a", rescue._host.Roots.Sys, rescue._host.Roots.Run, rescue._server.Shared);
            var minor = rescue._loop!.Path["/dev/loop".Length..];
            await using var session = await rescue.OpenAsync(cancellation);
            var made = await session.RunAsync($"set -e; mount --bind /mnt/sys /sys; cp -a /mnt/run/udev /run/; mknod /dev/sda b 7 {minor}", null, null, cancellation);
            Assert.True(made.Succeeded, made.Error);
            await rescue.Link(session).DeliverAsync(null, cancellation);
            return rescue;
        }
        catch
        {
            await rescue.DisposeAsync();
            throw;
        }
    }

    public Task<ISshSession> OpenAsync(CancellationToken cancellation) => new OpenSshClient(new OpenSshOptions(TimeSpan.FromSeconds(5), 3), TimeProvider.System).OpenAsync(
        new SshTarget("127.0.0.1", _server.Port, "root", new SshKey(_server.UserKey, _server.UserKey + ".pub"), [_server.Fingerprint("ed25519")], TimeSpan.FromSeconds(30)), cancellation);

    public AgentLink Link(ISshSession session) => new(session, _agent, TimeProvider.System);

    /// <summary>As a broken line: the far end of every connection is gone at once.</summary>
    public Task CutAsync() => _server.SignalConnectionsAsync("KILL");

    /// <param name="url">Null for an image that is sent.</param>
    public async Task<WriteOrder> OrderAsync(AgentLink link, string? url, CancellationToken cancellation)
    {
        var inventory = await link.InventoryAsync(cancellation);
        var disk = inventory.Disks.Single();
        var sha256 = TestImage.Sha256(File);
        return new WriteOrder
        {
            Disk = disk.Identity,
            DiskStateHash = DiskState.Hash(disk),
            Node = "n4",
            PlanHash = PlanHash.Compute("n4", disk.Identity, inventory.Disks, sha256),
            BootNonce = TestImage.Nonce,
            Image = new ImageSource { Kind = url is null ? "stdin" : "http", Url = url, Sha256 = sha256, LengthBytes = url is null ? File.Length : null },
        };
    }

    public static int ProcessOf(string job) =>
        LocalProcesses.All().Single(process => process.CommandLine.Contains($"\0work\0{job}\0", StringComparison.Ordinal)).Pid;

    public async ValueTask DisposeAsync()
    {
        // Its end ends every process of the far side, jobs too; only then is the disk free.
        if (_server is not null) await _server.DisposeAsync();
        _loop?.Dispose();
        _host.Dispose();
    }
}

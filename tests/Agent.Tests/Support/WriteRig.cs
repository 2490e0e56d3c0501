using System.IO.Compression;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A machine with a used system disk and a data disk, and an order to write the first.</summary>
internal sealed class WriteRig : IDisposable
{
    public const int DiskBytes = 16 * TestImage.MiB;

    // Packing takes longer than most tests.
    private static readonly TestImage UsualImage = new();
    private static readonly byte[] UsualFile = Gzip(UsualImage.Raw);
    private static readonly byte[] OldContent = BuildOldContent();

    private readonly int _diskBytes;

    /// <param name="diskBytes">Of the disk that is written.</param>
    public WriteRig(TestImage? image = null, int sectorBytes = 512, int diskBytes = DiskBytes)
    {
        _diskBytes = diskBytes;
        Image = image ?? UsualImage;
        File = image is null ? UsualFile : Gzip(image.Raw);
        Host.Add(new FakeDisk("sda", diskBytes)
        {
            Model = "SAMSUNG MZ7LM480",
            Vendor = "ATA     ",
            SectorBytes = sectorBytes,
            Udev = new() { ["ID_SERIAL_SHORT"] = "S2RKNX0J000001", ["ID_WWN"] = "0x5002538c40000001" },
        });
        Host.Add(new FakeDisk("sdb", DiskBytes)
        {
            Bus = "pci0000:00/0000:00:17.0/ata2/host1/target1:0:0/1:0:0:0",
            Udev = new() { ["ID_SERIAL_SHORT"] = "S2RKNX0J000002", ["ID_WWN"] = "0x5002538c40000002" },
        });
        if (sectorBytes == 512)
            Host.Write("sda", 0, OldContent.AsSpan(0, Math.Min(diskBytes, DiskBytes)));
        Host.Write("sdb", 0, "bluestore block device\n11111111-2222-3333-4444-555555555555\n"u8);
    }

    public FakeHost Host { get; } = new();

    public TestImage Image { get; }

    /// <summary>The file that is transferred.</summary>
    public byte[] File { get; set; }

    /// <param name="cancellation">Ends the inventory.</param>
    /// <param name="imageSha256">What the image is said to be; what it is by default.</param>
    public async Task<WriteOrder> OrderAsync(CancellationToken cancellation, string? imageSha256 = null)
    {
        var disks = (await AgentRun.InventoryAsync(Host, cancellation)).Disks;
        var disk = disks.Single(disk => disk.Name == "sda");
        var sha256 = imageSha256 ?? TestImage.Sha256(File);
        return new WriteOrder
        {
            Disk = disk.Identity,
            DiskStateHash = DiskState.Hash(disk),
            Node = "n4",
            PlanHash = PlanHash.Compute("n4", disk.Identity, disks, sha256),
            BootNonce = TestImage.Nonce,
            Image = new ImageSource { Kind = "stdin", Sha256 = sha256, LengthBytes = File.Length },
        };
    }

    public async Task<AgentRun> WriteAsync(CancellationToken cancellation, Func<WriteOrder, WriteOrder>? change = null)
    {
        var order = await OrderAsync(cancellation);
        return await AgentRun.StartAsync(Host.World(), new TestInput(AgentRun.Line(change?.Invoke(order) ?? order), File), cancellation, "write");
    }

    /// <summary>Has the agent fetch the image, on a clock on which no pause takes time.</summary>
    public Task<AgentRun> FetchAsync(string url, CancellationToken cancellation) => FetchAsync(url, [], null, cancellation);

    /// <inheritdoc cref="FetchAsync(string, CancellationToken)"/>
    public async Task<AgentRun> FetchAsync(string url, string[] mirrors, long? length, CancellationToken cancellation)
    {
        var order = await OrderAsync(cancellation);
        order = order with { Image = order.Image with { Kind = "http", Url = url, Mirrors = mirrors, LengthBytes = length } };
        return await AgentRun.StartAsync(Host.World(new HurriedTime()), new TestInput(AgentRun.Line(order)), cancellation, "write");
    }

    /// <summary>Puts the old tables back on the disk, so that the next run has something to take away.</summary>
    public void RestoreTables()
    {
        Host.Write("sda", 0, OldContent.AsSpan(0, TestImage.MiB));
        Host.Write("sda", DiskBytes - TestImage.MiB, OldContent.AsSpan(DiskBytes - TestImage.MiB));
    }

    public bool FirstMiBIsOld => Host.Read("sda", 0, TestImage.MiB).AsSpan().SequenceEqual(OldContent.AsSpan(0, TestImage.MiB));

    public byte[] Disk => Host.Read("sda", 0, _diskBytes);

    public bool FirstMiBIsZero => Host.Read("sda", 0, TestImage.MiB).AsSpan().IndexOfAnyExcept((byte)0) < 0;

    public void Dispose() => Host.Dispose();

    private static byte[] BuildOldContent()
    {
        var old = new byte[DiskBytes];
        new Random(1).NextBytes(old);
        TestGpt.Put(old, 512, ("STATE", TestImage.LinuxData, 2048, 4095), ("EPHEMERAL", TestImage.LinuxData, 4096, 30000));
        "XFSB"u8.CopyTo(old.AsSpan(TestImage.MiB));
        return old;
    }

    public static byte[] Gzip(byte[] raw)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(raw);
        return packed.ToArray();
    }
}

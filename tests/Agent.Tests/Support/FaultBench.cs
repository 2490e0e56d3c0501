using System.Collections.Concurrent;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>One machine and one small image, written again and again with something wrong each time.</summary>
internal sealed class FaultBench : IDisposable
{
    private static readonly TestImage Image = TestImage.Small();
    private static readonly ConcurrentDictionary<string, Lazy<byte[]>> Packed = [];

    private readonly WriteRig _rig = new(Image);

    public FaultBench(string format)
    {
        File = FileOf(format, Image.Raw, "image");
        _rig.File = File;
    }

    public static string[] Formats => ["raw.zst", "raw.xz", "raw.gz", "tar.gz", "raw"];

    /// <summary>The sound file.</summary>
    public byte[] File { get; }

    /// <summary>The image followed by more zeros than the disk has room for: a few bytes when packed.</summary>
    public static byte[] Bomb(string format) => FileOf(format, [.. Image.Raw, .. new byte[WriteRig.DiskBytes]], "bomb");

    /// <summary>First bytes, both sides of what a format or the agent cuts at, a sweep, last bytes.</summary>
    public static int[] Offsets(int length) =>
        [.. new[] { 1, 6, 600, 65_535, 65_536, 1 << 20, (4 << 20) - 1, 4 << 20 }
            .Concat(Enumerable.Range(1, 5).Select(part => (int)((long)length * part / 6)))
            .Concat([length - 512, length - 9, length - 8, length - 4, length - 1])
            .Where(offset => offset > 0 && offset < length).Distinct().Order()];

    /// <summary>The bytes come by standard input, which then ends.</summary>
    /// <param name="pinned">The order is for exactly these bytes, so that only the format itself can show what is wrong.</param>
    public async Task<AgentRun> PushAsync(byte[] bytes, bool pinned, CancellationToken cancellation)
    {
        var order = await OrderAsync(pinned ? bytes : File, cancellation);
        using var input = new TestInput(AgentRun.Line(order), bytes);
        return await AgentRun.StartAsync(_rig.Host.World(new HurriedTime()), bytes.Length < order.Image.LengthBytes ? input.HangUp() : input, cancellation, "write");
    }

    /// <param name="length">As ordered.</param>
    public async Task<AgentRun> FetchAsync(string url, long? length, CancellationToken cancellation)
    {
        var order = await OrderAsync(File, cancellation);
        order = order with { Image = order.Image with { Kind = "http", Url = url, LengthBytes = length } };
        return await AgentRun.StartAsync(_rig.Host.World(new HurriedTime()), new TestInput(AgentRun.Line(order)), cancellation, "write");
    }

    /// <summary>It failed by a name that fits, and the disk either is as it was or will not boot.</summary>
    public void AssertNotBootable(AgentRun run, string what, params string[] codes)
    {
        Assert.True(run.Last is AgentFailed, $"{what}: {ProtocolJson.ToLine(run.Last)}");
        Assert.True(codes.Contains(run.Failed.Code), $"{what}: {run.Failed.Code}, {run.Failed.Message}");
        var asSaid = run.Failed.DiskState switch
        {
            DiskStates.Untouched => _rig.FirstMiBIsOld,
            DiskStates.WithoutTable => _rig.FirstMiBIsZero,
            _ => false,
        };
        Assert.True(asSaid, $"{what}: the disk is not {run.Failed.DiskState}");
        Assert.Equal(1, run.ExitCode);
    }

    public void AssertWritten(AgentRun run, string what)
    {
        Assert.True(run.Last is ImageWritten, $"{what}: {ProtocolJson.ToLine(run.Last)}");
        Assert.True(_rig.Disk.AsSpan(0, Image.Raw.Length).SequenceEqual(Image.Expected()), $"{what}: other bytes on the disk");
    }

    public void Dispose() => _rig.Dispose();

    private async Task<WriteOrder> OrderAsync(byte[] file, CancellationToken cancellation)
    {
        _rig.RestoreTables();
        var order = await _rig.OrderAsync(cancellation, TestImage.Sha256(file));
        return order with { Image = order.Image with { LengthBytes = file.Length } };
    }

    private static byte[] FileOf(string format, byte[] raw, string what) =>
        Packed.GetOrAdd($"{what} {format}", _ => new Lazy<byte[]>(() => Packer.As(format, raw))).Value;
}

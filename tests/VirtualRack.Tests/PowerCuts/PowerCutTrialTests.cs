using System.Buffers.Binary;
using Kronform.Provision.VirtualRack.Disks;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Tests.PowerCuts;

/// <summary>The judge of power cuts, on records of writers that do it right and wrong.</summary>
public sealed class PowerCutTrialTests : IAsyncLifetime
{
    private const int MiB = 1 << 20, Sector = 512, DiskBytes = 8 * MiB, ImageBytes = 4 * MiB, Cuts = 400;

    private readonly string _folder = Directory.CreateTempSubdirectory("cuts-").FullName;
    private byte[] _old = [], _image = [];

    public async ValueTask InitializeAsync()
    {
        _old = await TableAsync("old", DiskBytes, 1);
        _image = (await TableAsync("image", DiskBytes, 2))[..ImageBytes];
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void The_order_of_the_agent_leaves_old_nothing_or_all_wherever_it_is_cut()
    {
        var outcomes = Judge(
            Zeros(DiskBytes - Sector, Sector), null, Zeros(0, Sector), null, Zeros(0, MiB), null, Zeros(MiB, MiB), Zeros(DiskBytes - MiB, MiB), null,
            (MiB, _image[MiB..]), null, (4096, _image[4096..MiB]), null, (0, [.. new byte[Sector], .. _image[Sector..4096]]), null, (0, _image[..4096]), null);

        Assert.Equal([CutOutcome.Old, CutOutcome.Nothing, CutOutcome.Complete], outcomes.Distinct().Order());
    }

    [Fact]
    public void An_image_written_from_its_start_is_a_hybrid_until_it_is_whole() =>
        Assert.Contains(CutOutcome.Hybrid, Judge((0, _image[..MiB]), null, (MiB, _image[MiB..]), null));

    [Fact]
    public void A_backup_table_that_outlives_what_it_leads_to_is_a_hybrid() =>
        Assert.Contains(CutOutcome.Hybrid, Judge(Zeros(0, MiB), null, Zeros(MiB, MiB), null, Zeros(DiskBytes - MiB, MiB), null));

    [Fact]
    public void A_table_that_goes_out_before_the_body_was_flushed_is_a_hybrid() =>
        Assert.Contains(CutOutcome.Hybrid, Judge(
            Zeros(DiskBytes - Sector, Sector), null, Zeros(0, MiB), null, (MiB, _image[MiB..]), (0, _image[..MiB]), null));

    [Fact]
    public void A_first_sector_and_a_table_that_go_in_one_write_may_be_torn() =>
        Assert.Contains(CutOutcome.Hybrid, Judge(
            Zeros(DiskBytes - Sector, Sector), null, Zeros(0, MiB), null, (MiB, _image[MiB..]), null, (4096, _image[4096..MiB]), null, (0, _image[..4096]), null));

    [Fact]
    public void A_record_that_holds_something_unknown_is_not_judged()
    {
        Record([(0, new byte[Sector])], flags: 4);
        Assert.Contains("discarded", Assert.Throws<InvalidDataException>(() => WriteRecord.Open(Path.Combine(_folder, "record"))).Message, StringComparison.Ordinal);
    }

    private static (long Offset, byte[] Data)? Zeros(long offset, int length) => (offset, new byte[length]);

    /// <param name="commands">Null is a flush.</param>
    private List<CutOutcome> Judge(params (long Offset, byte[] Data)?[] commands)
    {
        Record(commands);
        File.WriteAllBytes(Path.Combine(_folder, "before"), _old);
        using var before = File.OpenHandle(Path.Combine(_folder, "before"));
        using var record = WriteRecord.Open(Path.Combine(_folder, "record"));
        return [.. new PowerCutTrial(record, new DiskContent(before)).Cut(Cuts, seed: 1).Select(cut => cut.Outcome)];
    }

    private void Record((long Offset, byte[] Data)?[] commands, long flags = 0)
    {
        using var file = File.Create(Path.Combine(_folder, "record"));
        Put(file, 0x6a736677736872, 1, 0, Sector);
        foreach (var command in commands)
        {
            Put(file, (command?.Offset ?? 0) / Sector, (command?.Data.Length ?? 0) / Sector, command is null ? 1 : flags, 0);
            file.Write(command?.Data ?? []);
        }
    }

    private static void Put(FileStream file, params long[] fields)
    {
        var sector = new byte[Sector];
        for (var index = 0; index < fields.Length; index++) BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(8 * index), fields[index]);
        file.Write(sector);
    }

    /// <summary>A disk of noise with boot code and one partition, whose table sgdisk wrote.</summary>
    private async Task<byte[]> TableAsync(string name, int bytes, int seed)
    {
        string path = Path.Combine(_folder, name);
        var content = new byte[bytes];
        new Random(seed).NextBytes(content.AsSpan(MiB, bytes - 2 * MiB));
        await File.WriteAllBytesAsync(path, content);
        await Tool.RunAsync("sgdisk", ["-o", "-n", "1:2048:4095", "-c", $"1:{name}", path], TestContext.Current.CancellationToken);
        content = await File.ReadAllBytesAsync(path);
        content.AsSpan(0, 440).Fill((byte)seed);
        return content;
    }
}

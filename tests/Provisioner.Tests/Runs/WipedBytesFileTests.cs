using System.IO.Compression;
using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class WipedBytesFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wiped-").FullName;

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Pieces_can_be_read_again_with_their_places_and_only_by_their_owner()
    {
        string path;
        using (var file = WipedBytesFile.Create(new StateFolder(_folder), "n4", new DiskIdentity("S5GX/NF0", null, 512), Now))
        {
            file.Add(new BytesSaved { OffsetBytes = 1048576, LengthBytes = 5, Gzip = Pack("hello"u8) });
            file.Add(new BytesSaved { OffsetBytes = 4096000000000, LengthBytes = 2, Gzip = Pack("hi"u8) });
            file.Finish();
            path = file.Path;
        }

        Assert.Equal("20261121T030000.000000Z-S5GX-NF0.wiped.jsonl", Path.GetFileName(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(["1048576 5 hello", "4096000000000 2 hi"], File.ReadLines(path).Select(Read));
    }

    [Fact]
    public void A_folder_that_takes_no_file_is_named_before_anything_is_wiped()
    {
        var state = new StateFolder(_folder);
        Directory.Delete(state.Node("n4"));
        File.WriteAllText(Path.Combine(_folder, "n4"), "in the way");

        var error = Assert.Throws<ProvisionException>(() => WipedBytesFile.Create(state, "n4", new DiskIdentity("S1", null, 512), Now));

        Assert.Equal(FailureCode.RunJournal, error.Code);
    }

    [Fact]
    public void A_full_disk_refuses_the_piece_and_closing_the_file_is_no_second_failure()
    {
        var file = new WipedBytesFile("/dev/full", FileMode.OpenOrCreate);

        Assert.Equal(FailureCode.RunJournal, Assert.Throws<ProvisionException>(() => file.Add(new BytesSaved { OffsetBytes = 0, LengthBytes = 2, Gzip = Pack("hi"u8) })).Code);
        file.Dispose();
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        using var gzip = new GZipStream(new MemoryStream(json.RootElement.GetProperty("gzip").GetBytesFromBase64()), CompressionMode.Decompress);
        return $"{json.RootElement.GetProperty("offset")} {json.RootElement.GetProperty("length")} {new StreamReader(gzip).ReadToEnd()}";
    }

    private static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }
}

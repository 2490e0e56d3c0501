using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Failures;
using Kronform.Provision.Images;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images;

public sealed class ImageFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("image-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] RawImage(int length = 65536)
    {
        var image = new byte[length];
        "EFI PART"u8.CopyTo(image.AsSpan(512));
        return image;
    }

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }

    private static byte[] With(string magic, int offset)
    {
        var bytes = new byte[65536];
        Encoding.ASCII.GetBytes(magic).CopyTo(bytes, offset);
        return bytes;
    }

    private string Write(byte[] content, string name = "image")
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static string Digest(string path) =>
        File.Exists(path) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : new string('0', 64);

    private static Task<ImageFile> Open(string path, string? sha256 = null) => ImageFile.OpenAsync(path, sha256 ?? Digest(path), TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_local_image_goes_through_standard_input_with_its_length_and_digest()
    {
        var path = Write(RawImage());
        var image = await Open(path);

        Assert.Equal(ImageFormat.Raw, image.Format);
        Assert.Equal(("stdin", Digest(path), 65536L, 65536L), (image.Source.Kind, image.Source.Sha256, image.Source.LengthBytes, image.Source.ExpandedBytes));
        await using var stream = image.OpenRead();
        Assert.Equal(65536, stream.Length);
    }

    [Fact]
    public async Task Packed_images_are_told_by_their_bytes_and_not_by_their_name()
    {
        Assert.Equal(ImageFormat.Gzip, (await Open(Write(Gzip(RawImage()), "image.raw.zst"))).Format);
        Assert.Equal(ImageFormat.GzipTar, (await Open(Write(Gzip(With("ustar", 257)), "c"))).Format);
        Assert.Equal(ImageFormat.Xz, (await Open(Write([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0, 4], "a"))).Format);
        Assert.Equal(ImageFormat.Zstd, (await Open(Write([0x28, 0xB5, 0x2F, 0xFD, 0x20, 0, 1, 0, 0], "b"))).Format);
    }

    [Fact]
    public async Task Another_digest_is_refused_with_both()
    {
        var path = Write(RawImage());
        var actual = Digest(path);
        var expected = new string('e', 64);
        var error = await Assert.ThrowsAsync<ProvisionException>(() => Open(path, expected));
        Assert.Equal(FailureCode.ImageDigest, error.Code);
        Assert.Equal($"Checking the image {path} (65536 bytes): its SHA-256 is {actual}, provision.yaml says {expected}; nothing was touched", error.Message);
    }

    [Fact]
    public async Task A_missing_file_and_a_folder_are_unavailable()
    {
        foreach (var path in new[] { Path.Combine(_folder, "none"), _folder })
        {
            var error = await Assert.ThrowsAsync<ProvisionException>(() => Open(path));
            Assert.Equal(FailureCode.ImageUnavailable, error.Code);
            Assert.NotNull(error.InnerException);
        }
    }

    public static TheoryData<byte[], string> Wrong { get; } = new()
    {
        { [], "is empty" },
        { With("CD001", 32769), "is an ISO image" },
        { With("QFI", 0), "is a qcow2 image" },
        { With("ustar", 257), "is a tar archive" },
        { With("EFI PART", 4096), "is made for disks with sectors of 4096 bytes" },
        { With("<!DOCTYPE html>", 0), "is no disk image that is known here" },
        { With("version https://git-lfs", 0)[..120], "is no disk image that is known here" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task The_usual_wrong_files_are_named_before_anything_is_touched(byte[] content, string expected)
    {
        var error = await Assert.ThrowsAsync<ProvisionException>(() => Open(Write(content)));
        Assert.Equal(FailureCode.ImageFormat, error.Code);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public async Task A_file_that_changed_after_the_check_is_not_sent()
    {
        var path = Write(RawImage());
        var image = await Open(path);
        File.AppendAllText(path, "x");
        Assert.Equal(FailureCode.ImageUnavailable, Assert.Throws<ProvisionException>(image.OpenRead).Code);
        File.Delete(path);
        Assert.Equal(FailureCode.ImageUnavailable, Assert.Throws<ProvisionException>(image.OpenRead).Code);
    }
}

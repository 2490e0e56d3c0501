using Kronform.Provision.Images.Digests;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images.Digests;

public sealed class ChecksumListTests
{
    private static readonly string A = new('a', 64), B = new('b', 64);

    public static TheoryData<string, string?> Lists => new()
    {
        { $"{A}  metal-amd64.raw.zst\n{B}  metal-arm64.raw.zst\n", A },
        { $"{A.ToUpperInvariant()} *metal-amd64.raw.zst\r\n", A },
        { $"{B}  xmetal-amd64.raw.zst\n{B}  metal-amd64.raw.zst.bundle\n", null },
        { $"{A}  metal-amd64.raw.zst\n{A}  metal-amd64.raw.zst\n", A },
        { $"{A}  metal-amd64.raw.zst\n{B}  metal-amd64.raw.zst\n", null },
        { $"{A[..63]}g  metal-amd64.raw.zst\n", null },
        { $"{A} metal-amd64.raw.zst\n", null },
        { "<html>metal-amd64.raw.zst</html>", null },
        { "", null },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public void Only_one_clear_line_for_exactly_that_name_counts(string list, string? expected) => Assert.Equal(expected, ChecksumList.Find(list, "metal-amd64.raw.zst"));
}

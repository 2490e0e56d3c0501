using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

/// <summary>Everything that can be wrong with an image on standard input, at many places in it, in every format.</summary>
public sealed class PushedFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Formats => [.. FaultBench.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task The_sound_file_is_written(string format)
    {
        using var bench = new FaultBench(format);
        bench.AssertWritten(await bench.PushAsync(bench.File, pinned: true, Token), format);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_stream_that_ends_anywhere_before_its_length_is_a_cut(string format)
    {
        using var bench = new FaultBench(format);
        foreach (var offset in FaultBench.Offsets(bench.File.Length))
            bench.AssertNotBootable(await bench.PushAsync(bench.File[..offset], pinned: false, Token), $"{format} cut at {offset}",
                // A head that means nothing is found before the end of the stream is.
                AgentFailureCodes.ImageUnavailable, AgentFailureCodes.ImageFormat);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_file_that_was_cut_before_it_was_pinned_is_unreadable(string format)
    {
        using var bench = new FaultBench(format);
        foreach (var offset in FaultBench.Offsets(bench.File.Length))
            bench.AssertNotBootable(await bench.PushAsync(bench.File[..offset], pinned: true, Token), $"{format} pinned and cut at {offset}", AgentFailureCodes.ImageFormat);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_turned_bit_anywhere_is_found(string format)
    {
        using var bench = new FaultBench(format);
        foreach (var offset in FaultBench.Offsets(bench.File.Length))
        {
            var damaged = bench.File.ToArray();
            damaged[offset] ^= 0x40;
            bench.AssertNotBootable(await bench.PushAsync(damaged, pinned: false, Token), $"{format} damaged at {offset}",
                AgentFailureCodes.ImageDigest, AgentFailureCodes.ImageFormat, AgentFailureCodes.ImageDoesNotFit);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Bytes_behind_the_end_are_found_even_when_they_were_pinned_with_the_rest(string format)
    {
        using var bench = new FaultBench(format);
        foreach (var garbage in new byte[][] { [0], [1], [.. "garbage"u8], [.. Enumerable.Repeat((byte)0xA5, 70_001)] })
            bench.AssertNotBootable(await bench.PushAsync([.. bench.File, .. garbage], pinned: true, Token), $"{format} and {garbage.Length} bytes", AgentFailureCodes.ImageFormat);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task An_image_that_expands_beyond_the_disk_is_stopped_there(string format)
    {
        using var bench = new FaultBench(format);
        bench.AssertNotBootable(await bench.PushAsync(FaultBench.Bomb(format), pinned: true, Token), $"{format} bomb", AgentFailureCodes.ImageDoesNotFit);
    }

    public static TheoryData<string> Strangers => ["", "<html>Not found</html>", "\u007fELF", "BZh91AY&SY", "PK\u0003\u0004", "QFI\u00fb", "MZ"];

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task Anything_that_is_no_image_leaves_the_disk_as_it_was(string head)
    {
        using var bench = new FaultBench("raw");
        foreach (var bytes in new byte[][] { [.. System.Text.Encoding.Latin1.GetBytes(head), .. new byte[1000]], [.. System.Text.Encoding.Latin1.GetBytes(head), .. new byte[6 << 20]] })
        {
            var run = await bench.PushAsync(bytes, pinned: true, Token);
            bench.AssertNotBootable(run, $"'{head}' and {bytes.Length} bytes", AgentFailureCodes.ImageFormat);
            Assert.Equal(DiskStates.Untouched, run.Failed.DiskState);
        }
    }
}

using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Imaging;

/// <summary>Everything a server can do wrong with an image, at many places in it, in every format.</summary>
public sealed class FetchedFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Formats => [.. FaultBench.Formats];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_cut_anywhere_is_continued_to_the_very_image(string format)
    {
        using var bench = new FaultBench(format);
        foreach (var offset in FaultBench.Offsets(bench.File.Length).Where((_, index) => index % 3 != 1))
        {
            // By turns closed and reset; every other server does not know ranges.
            var ending = offset % 2 == 0 ? Ending.Close : Ending.Reset;
            var ranges = offset % 3 != 0;
            await using var server = new ImageServer(asked => asked.Number == 1
                ? ImageServer.Cut(bench.File, asked, offset, ending)
                : ImageServer.Good(bench.File, ranges ? asked : asked with { From = null }));

            var run = await bench.FetchAsync(server.Url, null, Token);

            bench.AssertWritten(run, $"{format} {ending} at {offset}, ranges {ranges}");
            Assert.InRange(server.Requests.Count, 2, 2);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_length_that_lies_is_never_a_success(string format)
    {
        using var bench = new FaultBench(format);
        foreach (var offset in FaultBench.Offsets(bench.File.Length).Where((_, index) => index % 2 == 0))
        {
            // Less than there is: the client stops there, and only format or digest can tell. With an ordered length it is known at once.
            await using var less = ImageServer.Always($"HTTP/1.1 200 OK\r\nContent-Length: {offset}", bench.File);
            bench.AssertNotBootable(await bench.FetchAsync(less.Url, null, Token), $"{format} announced with {offset}",
                AgentFailureCodes.ImageFormat, AgentFailureCodes.ImageDigest, AgentFailureCodes.ImageUnavailable);
            var run = await bench.FetchAsync(less.Url, bench.File.Length, Token);
            bench.AssertNotBootable(run, $"{format} announced with {offset} and ordered", AgentFailureCodes.ImageUnavailable);
            Assert.Equal(DiskStates.Untouched, run.Failed.DiskState);
        }

        await using var more = ImageServer.Always($"HTTP/1.1 200 OK\r\nContent-Length: {bench.File.Length + 1000}", bench.File);
        bench.AssertNotBootable(await bench.FetchAsync(more.Url, null, Token), $"{format} announced with more", AgentFailureCodes.ImageUnavailable);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_body_without_a_length_that_ends_anywhere_is_never_a_success(string format)
    {
        using var bench = new FaultBench(format);
        foreach (var offset in FaultBench.Offsets(bench.File.Length).Where((_, index) => index % 2 == 1))
        {
            await using var server = ImageServer.Always("HTTP/1.1 200 OK", bench.File[..offset]);
            bench.AssertNotBootable(await bench.FetchAsync(server.Url, null, Token), $"{format} ended at {offset}",
                AgentFailureCodes.ImageFormat, AgentFailureCodes.ImageDigest);
            bench.AssertNotBootable(await bench.FetchAsync(server.Url, bench.File.Length, Token), $"{format} ended at {offset}, length ordered", AgentFailureCodes.ImageUnavailable, AgentFailureCodes.ImageFormat);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_continuation_with_other_bytes_is_found_by_the_digest(string format)
    {
        using var bench = new FaultBench(format);
        var other = bench.File.ToArray();
        for (var index = bench.File.Length / 2; index < other.Length; index += 9973) other[index] ^= 1;
        foreach (var offset in FaultBench.Offsets(bench.File.Length / 2).Where((_, index) => index % 3 == 0))
        {
            await using var server = new ImageServer(asked => asked.Number == 1 ? ImageServer.Cut(bench.File, asked, offset, Ending.Close) : ImageServer.Good(other, asked));
            bench.AssertNotBootable(await bench.FetchAsync(server.Url, null, Token), $"{format} continued at {offset}",
                AgentFailureCodes.ImageDigest, AgentFailureCodes.ImageFormat, AgentFailureCodes.ImageDoesNotFit);
        }
    }
}

using System.Text;
using Kronform.Provision.Rescue;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Rescue;

public sealed class AnsweredContentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_read_before_the_answer_and_the_content_comes_behind_it()
    {
        await using var input = new AnsweredContent(new MemoryStream("image"u8.ToArray()));
        var reading = input.ReadAsync(new byte[2], Token).AsTask();
        Assert.False(reading.IsCompleted);

        input.Answer("saved");

        Assert.Equal(2, await reading);
        using var rest = new MemoryStream();
        await input.CopyToAsync(rest, Token);
        Assert.Equal("ved\nimage", Encoding.UTF8.GetString(rest.ToArray()));
    }

    [Fact]
    public async Task Without_content_the_end_comes_behind_the_answer()
    {
        await using var input = new AnsweredContent(null);
        input.Answer("saved");
        using var all = new MemoryStream();
        await input.CopyToAsync(all, Token);
        Assert.Equal("saved\n", Encoding.UTF8.GetString(all.ToArray()));
    }

    [Fact]
    public async Task A_refusal_is_what_the_reader_gets()
    {
        await using var input = new AnsweredContent(null);
        input.Refuse(new IOException("no space"));
        Assert.Equal("no space", (await Assert.ThrowsAsync<IOException>(() => input.ReadAsync(new byte[1], Token).AsTask())).Message);
    }
}

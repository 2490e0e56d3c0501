using System.Text;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Ssh;

public sealed class OutputSinksTests
{
    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb", "a|b")]
    [InlineData("\n\n", "|")]
    [InlineData("", "")]
    [InlineData("größe\nx", "größe|x")]
    public void Lines_are_the_same_however_the_bytes_are_cut(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length + 1; size++)
        {
            var lines = new List<string>();
            var sink = new LineSplitter(lines.Add, 100);
            foreach (var part in bytes.Chunk(size))
                sink.Add(part);
            sink.End();

            Assert.Equal(expected, string.Join('|', lines));
        }
    }

    [Fact]
    public void A_line_beyond_the_limit_is_cut_and_the_next_one_is_whole()
    {
        var lines = new List<string>();
        var sink = new LineSplitter(lines.Add, 4);

        sink.Add("abcdefgh"u8);
        sink.Add("ijk\nxyz\n"u8);

        Assert.Equal(["abcd", "xyz"], lines);
    }

    [Theory]
    [InlineData("kronform t-1 runs\nout", "out", true)]
    [InlineData("Welcome!\nkronform t-1 runs\nout", "out", true)]
    [InlineData("no newline before: kronform t-1 runs\n", "", true)]
    [InlineData("This account is not available.\n", "This account is not available.\n", false)]
    [InlineData("kronform t-2 runs\nx", "kronform t-2 runs\nx", false)]
    public void What_comes_before_the_mark_is_noise_unless_the_mark_never_comes(string text, string expected, bool marked)
    {
        for (var size = 1; size <= text.Length; size++)
        {
            var output = new CappedText(1000);
            var sink = new StartMark(FarScript.Mark("t-1"), output);
            foreach (var part in Encoding.ASCII.GetBytes(text).Chunk(size))
                sink.Add(part);

            Assert.Equal(marked, sink.Seen.IsCompleted);
            sink.End();
            Assert.True(sink.Seen.IsCompleted);
            Assert.Equal(expected, output.Text);
        }
    }
}

using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Linux;

public sealed class KernelLogTests
{
    [Theory]
    [InlineData("6,1234,5678,-;ata1: hard resetting link\n SUBSYSTEM=scsi\n DEVICE=+scsi:0:0:0:0\n", "ata1: hard resetting link")]
    [InlineData("4,1,2,c;text; with marks", "text; with marks")]
    public void A_record_is_stripped_to_its_text(string record, string text) =>
        Assert.Equal(text, KernelLog.TextOf(System.Text.Encoding.UTF8.GetBytes(record)));

    [Fact]
    public void Only_what_was_said_after_the_opening_is_read_and_each_record_once()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["kmsg"], "6,1,1,-;before\n");
        var log = KernelLog.OpenAtEnd(folder["kmsg"]);
        Assert.Empty(log.ReadNew());

        File.AppendAllText(folder["kmsg"], "3,2,2,-;I/O error, dev sda, sector 0\n");

        Assert.Equal(["I/O error, dev sda, sector 0"], log.ReadNew());
        Assert.Empty(log.ReadNew());
    }

    [Fact]
    public void The_kernels_own_log_is_read_without_waiting_for_it_to_say_something()
    {
        var log = KernelLog.OpenAtEnd("/dev/kmsg");
        log.ReadNew();
        Assert.True(log.ReadNew().Count < 1000);
    }

    [Fact]
    public void A_log_that_is_not_there_says_nothing() => Assert.Empty(KernelLog.OpenAtEnd("/nonexistent/kmsg").ReadNew());
}

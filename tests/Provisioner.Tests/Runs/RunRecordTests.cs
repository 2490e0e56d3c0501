using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

/// <summary>What a journal's entries come to, over more than one run.</summary>
public sealed class RunRecordTests
{
    private static readonly DiskIdentity Disk = new("S1", null, 1);
    private static readonly DateTimeOffset At = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly RunStarted Started = new("n4", 321, "image-1", "nonce-1");
    private static readonly RunStarted WithAnotherImage = new("n4", 321, "image-2", "nonce-2");

    [Fact]
    public void Another_image_is_another_run_for_the_disk_and_the_same_server_for_its_buttons()
    {
        var neutralising = new NeutraliseStarting(new DiskIdentity("Z1", null, 1), "ab", []);
        var before = RunRecord.From([Started, new ResetPressing("hw", "rescue") { At = At }, new ResetPressed(), neutralising, new WriteStarting(Disk, "p", "others", "job-1", "boot-1") { At = At }]);

        var record = RunRecord.From([WithAnotherImage], before);

        Assert.Equal("nonce-2", record.BootNonce);
        Assert.Equal((1, At), (record.Resets, record.LastReset!.At));
        Assert.Single(record.Presses);
        Assert.Same(neutralising, record.Neutralising);
        Assert.Equal((Disk, null, null), (record.Begun, record.BegunWrite, record.Written));
        Assert.Equal(["job-1"], record.Jobs);
    }

    [Fact]
    public void What_was_written_and_configured_with_another_image_is_to_be_done_again()
    {
        var before = RunRecord.From([Started, new WriteStarting(Disk, "p"), new WriteDone(Disk, 1, "x"), new RebootAsking("b"), new ConfigSending("c") { At = At }]);

        var record = RunRecord.From([WithAnotherImage], before);

        Assert.Null(record.Written);
        Assert.Null(record.Reboot);
        Assert.Null(record.ConfigSentAt);
        Assert.Null(record.ConfigFirstSentAt);
    }

    [Fact]
    public void The_first_sending_of_a_config_is_remembered_through_all_that_follow()
    {
        var record = RunRecord.From([Started, new ConfigSending("c") { At = At }, new ConfigSending("c") { At = At.AddMinutes(5) }]);

        Assert.Equal((At, At.AddMinutes(5)), (record.ConfigFirstSentAt, record.ConfigSentAt));
        Assert.Null(record.After(new WriteStarting(Disk, "p")).ConfigFirstSentAt);
    }

    [Fact]
    public void An_armed_rescue_system_is_remembered_until_it_was_used()
    {
        var armed = RunRecord.From([Started, new RescueArming(null)]);

        Assert.True(armed.Armed);
        Assert.True(armed.After(new ResetPressing("hw", "rescue")).After(new ResetRefused("no")).Armed);
        Assert.False(armed.After(new ResetPressing("hw", "rescue")).After(new ResetPressed()).Armed);
        Assert.False(armed.After(new RescueProven("boot", [], null)).Armed);
    }
}

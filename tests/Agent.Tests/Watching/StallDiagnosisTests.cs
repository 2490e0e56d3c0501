using Kronform.Provision.Agent.Watching;

namespace Kronform.Provision.Agent.Tests.Watching;

public sealed class StallDiagnosisTests
{
    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private static DeviceRequest Write(double age) => new("sda", "write", 4194304, 1048576, S(age));

    private static readonly (string What, VitalSigns Signs, StallKind Kind, string Evidence)[] Cases =
    [
        ("nothing known", new(), StallKind.None, ""),
        ("a healthy moment", new() { SourceWait = S(0.1), UnderWay = [Write(0.2), Write(0.1)], DeviceBusyFor = S(300), BytesPerSecond = 400_000_000 }, StallKind.None, ""),
        ("shortly before the limit", new() { SourceWait = S(9.9), UnderWay = [Write(9.9)], DecoderBusy = S(9.9), Unread = S(9.9) }, StallKind.None, ""),
        ("silent source", new() { SourceWait = S(12), BytesIn = 77, FreeBlocks = 7 }, StallKind.SourceIdle, "no byte of the image has come for 12 s, after 77 bytes (the disk has nothing to do)"),
        ("silent source while the disk still works", new() { SourceWait = S(12), UnderWay = [Write(1)] }, StallKind.SourceIdle, "1 request under way at the disk"),
        ("dead disk", new() { UnderWay = [Write(15), Write(3)], SinceAnswer = S(4) }, StallKind.DeviceNotCompleting, "sda has not answered a write of 1048576 bytes at byte 4194304 for 15 s (2 requests under way, the last answer came 4 s ago)"),
        ("dead disk in a flush", new() { UnderWay = [new("nvme0n1", "flush", 0, 0, S(15))] }, StallKind.DeviceNotCompleting, "nvme0n1 has not answered a flush for 15 s"),
        ("a dead disk holds up the source too", new() { UnderWay = [Write(40)], SourceWait = S(20), DecoderBusy = S(30) }, StallKind.DeviceNotCompleting, "sda"),
        ("busy decoder", new() { DecoderBusy = S(11), FreeBlocks = 4 }, StallKind.DecoderBusy, "the decoder has worked for 11 s"),
        ("silence explains a decoder that waits", new() { DecoderBusy = S(30), SourceWait = S(30) }, StallKind.SourceIdle, "no byte"),
        ("nobody reads, whatever else", new() { Unread = S(60), UnderWay = [Write(50)], SourceWait = S(50) }, StallKind.EventsNotRead, "nobody has read the agent's events for 60 s"),
        ("slow disk", new() { UnderWay = [Write(3)], DeviceBusyFor = S(20), BytesPerSecond = 2_500_000, FreeBlocks = 0 }, StallKind.DeviceSlow, "sda is slow: 2.5 MB/s over the last 10 s, but it answers (0 blocks of memory free)"),
        ("little to do is not slow", new() { UnderWay = [Write(0.1)], DeviceBusyFor = S(0.2), BytesPerSecond = 2_500_000 }, StallKind.None, ""),
        ("too early to call it slow", new() { UnderWay = [Write(3)], DeviceBusyFor = S(20), BytesPerSecond = null }, StallKind.None, ""),
        ("just fast enough", new() { UnderWay = [Write(3)], DeviceBusyFor = S(20), BytesPerSecond = StallDiagnosis.SlowBytesPerSecond }, StallKind.None, ""),
    ];

    public static TheoryData<string> CaseNames => [.. Cases.Select(row => row.What)];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void The_stage_that_waits_for_nobody_here_is_named_with_the_evidence(string what)
    {
        var (_, signs, kind, evidence) = Cases.Single(row => row.What == what);

        var stall = StallDiagnosis.Of(signs);

        Assert.Equal((what, kind), (what, stall.Kind));
        Assert.Contains(evidence, stall.Evidence);
    }

    [Theory]
    [InlineData("sda", "/sys/devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda", "sda ata1 0:0:0:0")]
    [InlineData("nvme0n1", "/sys/devices/pci0000:00/0000:00:1d.0/0000:03:00.0/nvme/nvme0/nvme0n1", "nvme0n1 nvme0 0000:03:00.0")]
    [InlineData("vda", "/sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vda", "vda virtio1 0000:00:04.0")]
    [InlineData("sdc", "/sys/devices/pci0000:80/0000:81:00.0/host6/port-6:0/end_device-6:0/target6:0:2/6:0:2:0/block/sdc", "sdc 6:0:2:0 0000:81:00.0")]
    [InlineData("sdz", null, "sdz")]
    public void The_kernel_names_a_disk_by_every_address_on_its_way(string name, string? folder, string names) =>
        Assert.Equal(names, string.Join(' ', DiskKernelLines.NamesOf(name, folder)));

    [Theory]
    [InlineData("ata1.00: exception Emask 0x0 SAct 0x30 SErr 0x0 action 0x6 frozen", true)]
    [InlineData("ata1: hard resetting link", true)]
    [InlineData("sd 0:0:0:0: [sda] tag#4 FAILED Result: hostbyte=DID_OK", true)]
    [InlineData("I/O error, dev sda, sector 2048 op 0x1:(WRITE)", true)]
    [InlineData("ata11: hard resetting link", false)]
    [InlineData("sd 10:0:0:0: [sdb] Attached SCSI disk", false)]
    [InlineData("sd 1:0:0:0:0: odd", false)]
    [InlineData(" sda1 sda2", false)]
    [InlineData("eth0: link up", false)]
    public void Lines_of_other_devices_are_left_out(string line, bool concerns) =>
        Assert.Equal(concerns, DiskKernelLines.Concerns(line, ["sda", "ata1", "0:0:0:0"]));
}

using System.Text;
using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Jobs;

public sealed class JobLogTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void A_full_log_takes_no_more_progress_and_warnings_and_still_has_no_gap_and_an_end()
    {
        using var log = new MemoryStream();
        var events = new EventStream(log, TimeProvider.System, () => { }, mostBytes: 200);
        for (var number = 0; number < 50; number++) events.Emit(new AgentProgress { Step = AgentSteps.Write, BytesIn = number, BytesOut = number });
        events.Warn("not any more");
        events.Step(AgentSteps.Commit, "Writing the first MiB");
        events.Emit(new AgentFailed { Code = AgentFailureCodes.Internal, Message = "", DiskState = DiskStates.Unknown });

        var told = Encoding.UTF8.GetString(log.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ProtocolJson.FromLine(line)!).ToArray();

        Assert.InRange(told.Length, 4, 8);
        Assert.Equal(Enumerable.Range(1, told.Length), told.Select(said => said.Index));
        Assert.IsType<AgentStep>(told[^2]);
        Assert.IsType<AgentFailed>(told[^1]);
        // What went unlogged still counts for the speeds.
        Assert.NotEmpty(events.Rates);
    }

    [Fact]
    public void However_much_is_saved_progress_and_warnings_are_still_told()
    {
        using var log = new MemoryStream();
        var events = new EventStream(log, TimeProvider.System, () => { }, mostBytes: 2000);
        for (var piece = 0; piece < 10; piece++) events.Emit(new BytesSaved { OffsetBytes = piece, LengthBytes = 1, Gzip = new byte[1000] });

        events.Emit(new AgentProgress { Step = AgentSteps.Write, BytesIn = 1, BytesOut = 1 });
        events.Warn("still told");

        var told = Encoding.UTF8.GetString(log.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ProtocolJson.FromLine(line)!).ToArray();
        Assert.IsType<AgentProgress>(told[^2]);
        Assert.IsType<AgentWarning>(told[^1]);
    }

    [Fact]
    public void A_line_is_one_when_it_has_its_end_and_what_was_taken_back_is_forgotten()
    {
        using var reader = new JobLogReader(_folder["events"]);
        Assert.True(reader.Next().IsEmpty);
        Append("first\nsec");
        Assert.Equal("first\n", Text(reader.Next()));
        Assert.True(reader.Next().IsEmpty);

        Append("ond\nthi");
        Assert.Equal("second\n", Text(reader.Next()));
        Assert.True(reader.Next().IsEmpty);
        using (var log = new FileStream(_folder["events"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) log.SetLength(reader.Bytes);
        Append("end\n");

        Assert.Equal("end\n", Text(reader.Next()));
        Assert.Equal(3, reader.Lines);
    }

    [Fact]
    public void Lines_longer_than_any_buffer_are_read_whole()
    {
        var line = new string('x', 500_000) + "\n";
        Append(line + line);
        using var reader = new JobLogReader(_folder["events"]);

        Assert.Equal(line, Text(reader.Next()));
        Assert.Equal(line, Text(reader.Next()));
        Assert.True(reader.Next().IsEmpty);
    }

    public void Dispose() => _folder.Dispose();

    private void Append(string text) => File.AppendAllText(_folder["events"], text);

    private static string Text(ReadOnlyMemory<byte> line) => Encoding.UTF8.GetString(line.Span);
}

using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class JournalFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("journal-").FullName, "run.journal");

    [Fact]
    public void What_was_appended_is_there_after_opening_again()
    {
        Write();
        using var journal = JournalFile.Open(_path, TimeProvider.System);
        Assert.Equal(["RunStarted", "ResetPressing", "WriteDone"], journal.Entries.Select(e => e.GetType().Name));
        var record = RunRecord.From(journal.Entries);
        Assert.Equal(1, record.Resets);
        Assert.Equal("S1", record.Written!.Disk.Serial);
    }

    [Fact]
    public void A_line_cut_short_by_a_crash_at_any_byte_is_dropped_and_the_file_goes_on()
    {
        Write();
        byte[] whole = File.ReadAllBytes(_path);
        int lastLine = whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1;
        for (int cut = lastLine; cut < whole.Length; cut++)
        {
            File.WriteAllBytes(_path, whole[..cut]);
            using (var journal = JournalFile.Open(_path, TimeProvider.System))
            {
                Assert.Equal(2, journal.Entries.Count);
                journal.Append(new NodeHealthy());
            }

            using var again = JournalFile.Open(_path, TimeProvider.System);
            Assert.IsType<NodeHealthy>(again.Entries[^1]);
        }
    }

    [Fact]
    public void A_line_damaged_before_the_last_is_an_error_that_names_it()
    {
        Write();
        byte[] bytes = File.ReadAllBytes(_path);
        bytes[40] ^= 1;
        File.WriteAllBytes(_path, bytes);
        var error = Assert.Throws<ProvisionException>(() => JournalFile.Open(_path, TimeProvider.System));
        Assert.Equal(FailureCode.RunJournal, error.Code);
        Assert.Contains("run.journal:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_nobody_elses_business()
    {
        Write();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_path));
    }

    [Fact]
    public void A_failed_attempt_renews_the_budget_of_resets_and_a_killed_one_does_not()
    {
        var pressed = RunRecord.From([new RunStarted("n4", 321, "ab", "cd"), new ResetPressing("hw", "rescue"), new ResetPressed()]);
        Assert.Equal(1, pressed.After(new AttemptStarted(2)).Resets);
        Assert.Equal(0, pressed.After(new AttemptEnded("rescue.deadline")).After(new AttemptStarted(2)).Resets);
    }

    [Fact]
    public void A_new_write_forgets_everything_that_came_after_the_old_one()
    {
        var disk = new DiskIdentity("S1", null, 1);
        var record = RunRecord.From([new RunStarted("n4", 321, "ab", "cd"), new WriteStarting(disk, "p"), new WriteDone(disk, 1, "x"), new RebootAsking("b"), new ConfigSending("c"), new WriteStarting(disk, "p")]);
        Assert.Null(record.Written);
        Assert.Null(record.Reboot);
        Assert.Null(record.ConfigSentAt);
    }

    [Fact]
    public void The_copy_of_what_is_neutralised_comes_back_byte_by_byte_and_reads_as_place_and_base64()
    {
        var disk = new DiskIdentity("Z1", null, 4096);
        using (var journal = JournalFile.Open(_path, TimeProvider.System))
            journal.Append(new NeutraliseStarting(disk, "ab", [new ByteChange(512, [1, 2, 255], [0, 0, 0], "clear")]));

        Assert.Contains("\"kind\":\"neutralise-starting\"", File.ReadAllText(_path), StringComparison.Ordinal);
        Assert.Contains("\"changes\":[{\"offsetBytes\":512,\"before\":\"AQL/\",\"after\":\"AAAA\",\"what\":\"clear\"}]", File.ReadAllText(_path), StringComparison.Ordinal);
        using var again = JournalFile.Open(_path, TimeProvider.System);
        var record = RunRecord.From(again.Entries);
        Assert.Equal([1, 2, 255], record.Neutralising!.Changes[0].Before);
        Assert.Null(record.After(new NeutraliseDone(disk)).Neutralising);
        Assert.Null(record.After(new NeutraliseGivenUp(disk, "gone")).Neutralising);
    }

    [Fact]
    public void A_full_disk_refuses_the_entry_and_closing_the_journal_is_no_second_failure()
    {
        var journal = JournalFile.Open("/dev/full", TimeProvider.System);

        Assert.Equal(FailureCode.RunJournal, Assert.Throws<ProvisionException>(() => journal.Append(new NodeHealthy())).Code);
        Assert.Empty(journal.Entries);
        journal.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(int.MaxValue)]
    public void What_a_full_disk_took_of_an_entry_is_in_nobodys_way(int taken)
    {
        Write();
        using (var file = new FillingFile(_path))
        using (var journal = JournalFile.On(file, TimeProvider.System))
        {
            file.Room = taken;
            Assert.Throws<ProvisionException>(() => journal.Append(new ResetPressing("hw", "rescue", "a sentence that makes this line longer than the next one")));
            file.Room = null;
            journal.Append(new NodeHealthy());
        }

        using var again = JournalFile.Open(_path, TimeProvider.System);
        Assert.Equal(["RunStarted", "ResetPressing", "WriteDone", "NodeHealthy"], again.Entries.Select(e => e.GetType().Name));
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    private void Write()
    {
        File.Delete(_path);
        using var journal = JournalFile.Open(_path, TimeProvider.System);
        journal.Append(new RunStarted("n4", 321, "ab", "cd"));
        journal.Append(new ResetPressing("hw", "rescue"));
        journal.Append(new WriteDone(new DiskIdentity("S1", null, 1), 10, "ef"));
    }

    /// <summary>Takes only so much of the next write, or all of it and then fails to bring it to the device.</summary>
    private sealed class FillingFile(string path) : FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0)
    {
        public int? Room { get; set; }

        public override void Write(byte[] buffer, int offset, int count)
        {
            base.Write(buffer, offset, Math.Min(Room ?? int.MaxValue, count));
            if (Room < count) throw new IOException("No space left on device");
        }

        public override void Flush(bool flushToDisk)
        {
            if (Room is not null) throw new IOException("No space left on device");
            base.Flush(flushToDisk);
        }
    }
}

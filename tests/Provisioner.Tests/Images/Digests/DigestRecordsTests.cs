using Kronform.Provision.Failures;
using Kronform.Provision.Images.Digests;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images.Digests;

public sealed class DigestRecordsTests : IDisposable
{
    private static readonly Uri Url = new("https://a.example/x.zst");
    private static readonly DateTimeOffset At = new(2026, 9, 8, 12, 0, 0, TimeSpan.Zero);
    private static readonly DigestRecord Record = new(new string('a', 64), "the first download", At, 100, 200);

    private readonly string _folder = Directory.CreateTempSubdirectory("records-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private DigestRecords Records() => new(_folder, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_is_found_by_the_next_process_and_the_file_is_its_owners_alone()
    {
        Assert.Null(Records().Find(Url));
        await Records().AddAsync(Url, Record, Token);

        Assert.Equal(Record, Records().Find(Url));
        Assert.Null(Records().Find(new Uri("https://a.example/y.zst")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Records().File));
        Assert.False(File.Exists(Records().File + ".new"));
    }

    [Fact]
    public async Task Another_digest_is_refused_with_both_and_the_first_one_stays()
    {
        await Records().AddAsync(Url, Record, Token);
        var error = await Assert.ThrowsAsync<ProvisionException>(() => Records().AddAsync(Url, Record with { Sha256 = new string('b', 64) }, Token));

        Assert.Equal(FailureCode.ImageDigest, error.Code);
        Assert.Equal($"Checking the image from https://a.example/x.zst: its SHA-256 is {new string('b', 64)}, but {new string('a', 64)} was recorded on 2026-09-08 12:00:00Z (the first download); nothing was touched", error.Message);
        Assert.Contains(Records().File, error.Remedy);
        Assert.Equal(Record, Records().Find(Url));
    }

    [Fact]
    public async Task What_is_learnt_later_is_added_and_nothing_is_taken_away()
    {
        await Records().AddAsync(Url, Record with { LengthBytes = null, ExpandedBytes = null }, Token);
        await Records().AddAsync(Url, Record with { Source = "another" }, Token);
        Assert.Equal(Record, Records().Find(Url));
    }

    [Fact]
    public async Task Many_writers_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Task.Run(() => Records().AddAsync(new Uri($"https://a.example/{n}"), Record, Token), Token)));
        Assert.All(Enumerable.Range(0, 20), n => Assert.Equal(Record, Records().Find(new Uri($"https://a.example/{n}"))));
    }

    [Fact]
    public async Task A_query_keeps_addresses_apart_and_is_not_written_down()
    {
        await Records().AddAsync(new Uri("https://a.example/x.zst?token=secret"), Record, Token);
        Assert.Null(Records().Find(new Uri("https://a.example/x.zst?token=other")));
        Assert.NotNull(Records().Find(new Uri("https://a.example/x.zst?token=secret")));
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(Records().File, Token));
    }

    [Fact]
    public async Task A_damaged_file_is_named_and_left_as_it_is()
    {
        await File.WriteAllTextAsync(Records().File, "{", Token);
        var error = Assert.Throws<ProvisionException>(() => Records().Find(Url));
        Assert.Equal(FailureCode.RunJournal, error.Code);
        Assert.Equal("{", await File.ReadAllTextAsync(Records().File, Token));
    }
}

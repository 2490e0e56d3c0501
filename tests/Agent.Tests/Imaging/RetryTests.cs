using Kronform.Provision.Agent.Imaging.Http;

namespace Kronform.Provision.Agent.Tests.Imaging;

/// <summary>The decisions of fetching, as tables.</summary>
public sealed class RetryTests
{
    private const string Tag = "\"a\"";
    private static readonly DateTimeOffset Date = new(2026, 9, 9, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, "1 2 4 8 end")]
    [InlineData(2, "0 1 0 2 end")]
    [InlineData(3, "0 0 1 0 0 end")]
    [InlineData(0, "end")]
    public void Pauses_grow_with_every_round_over_the_places_until_the_attempts_are_used_up(int places, string pauses)
    {
        var seen = new List<string>();
        for (var failures = 1; seen is not [.., "end"]; failures++)
            seen.Add(RetryPolicy.Usual.PauseAfter(failures, places) is { } pause ? $"{pause.TotalSeconds:0}" : "end");
        Assert.Equal(pauses, string.Join(' ', seen));
    }

    [Fact]
    public void The_longest_pause_is_never_passed() =>
        Assert.Equal(TimeSpan.FromSeconds(8), (RetryPolicy.Usual with { Attempts = int.MaxValue }).PauseAfter(1_000_000, 1));

    private static readonly (string What, AnswerHead Answer, long Position, Entity? Seen, long? Total, string Expected)[] Answers =
    [
        ("the first answer", Whole(Tag, null, 100), 0, null, null, "take"),
        ("as ordered", Whole(null, null, 100), 0, null, 100, "take"),
        ("no length", Whole(null, null, null), 0, null, 100, "take"),
        ("another length than ordered", Whole(null, null, 99), 0, null, 100, "refuse: the server has 99 bytes, 100 were expected"),
        ("a range nobody asked for", Part(Tag, null, 0, 100), 0, null, null, "refuse: the server answered 206 with bytes from 0"),
        ("the rest", Part(Tag, null, 40, 100), 40, new(Tag, null), 100, "take"),
        ("the rest, total not told", Part(Tag, null, 40, null), 40, new(Tag, null), 100, "take"),
        ("the rest from a place not asked before", Part("\"m\"", null, 40, 100), 40, null, 100, "take"),
        ("the rest without marks", Part(null, null, 40, 100), 40, new(Tag, Date), 100, "take"),
        ("another part", Part(Tag, null, 41, 100), 40, new(Tag, null), 100, "refuse: the server answered 206 with bytes from 41"),
        ("a part of unknown place", Part(Tag, null, null, 100), 40, new(Tag, null), 100, "refuse: the server answered 206 with bytes from it does not say"),
        ("the rest of another file", Part("\"b\"", null, 40, 100), 40, new(Tag, null), 100, "refuse: it changed while it was fetched: its ETag"),
        ("the rest of a longer file", Part(Tag, null, 40, 101), 40, new(Tag, null), 100, "refuse: it changed while it was fetched: the server has 101 bytes now"),
        ("the rest of a newer file", Part(null, Date.AddSeconds(1), 40, 100), 40, new(null, Date), 100, "refuse: it changed while it was fetched: its date"),
        ("ignored range, same mark", Whole(Tag, null, null), 40, new(Tag, null), null, "take but skip 40"),
        ("ignored range, same date", Whole(null, Date, null), 40, new(null, Date), null, "take but skip 40"),
        ("ignored range, same length", Whole(null, null, 100), 40, new(Tag, null), 100, "take but skip 40"),
        ("ignored range, other mark", Whole("\"b\"", null, 100), 40, new(Tag, null), 100, "refuse: it changed while it was fetched: its ETag"),
        ("ignored range, other length", Whole(Tag, null, 101), 40, new(Tag, null), 100, "refuse: it changed"),
        ("ignored range, nothing known", Whole(null, null, null), 40, new(null, null), null, "refuse: it cannot be continued"),
        ("ignored range, mark of another place", Whole(Tag, null, null), 40, null, 100, "refuse: it cannot be continued"),
        ("nothing there", new(416, new(null, null)), 40, new(Tag, null), 100, "refuse: it changed while it was fetched: there is nothing at byte 40"),
        ("absent", new(404, new(null, null)), 0, null, null, "refuse: the server answered 404"),
        ("redirect out of TLS", new(302, new(null, null)), 0, null, null, "refuse: the server answered 302"),
        ("busy", new(503, new(null, null)), 40, new(Tag, null), 100, "again: the server answered 503"),
        ("throttled", new(429, new(null, null)), 0, null, null, "again: the server answered 429"),
    ];

    public static TheoryData<string> AnswerNames => [.. Answers.Select(row => row.What)];

    [Theory]
    [MemberData(nameof(AnswerNames))]
    public void An_answer_is_taken_only_where_it_continues_the_same_file(string what)
    {
        var (_, answer, position, seen, total, expected) = Answers.Single(row => row.What == what);

        var verdict = RangeAnswer.Judge(answer, position, seen, total);

        var said = verdict.Refusal is { } refusal ? $"{(verdict.AskAgain ? "again" : "refuse")}: {refusal}" : verdict.SkipBytes > 0 ? $"take but skip {verdict.SkipBytes}" : "take";
        Assert.StartsWith(expected, said);
    }

    private static AnswerHead Whole(string? tag, DateTimeOffset? date, long? length) => new(200, new(tag, date), length);

    private static AnswerHead Part(string? tag, DateTimeOffset? date, long? from, long? total) => new(206, new(tag, date), null, from, total);
}

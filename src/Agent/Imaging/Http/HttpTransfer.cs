using System.Net;
using System.Net.Http.Headers;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging.Http;

/// <summary>
/// The image fetched by the agent itself, from several places if there are. What breaks off is continued at the same byte, at
/// the next place first. Mixing places is safe: the ordered digest is over all bytes that are taken. The proxy variables of the
/// environment (<c>https_proxy</c>, <c>http_proxy</c>, <c>all_proxy</c>, <c>no_proxy</c>) are honoured by the runtime.
/// </summary>
internal sealed class HttpTransfer : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    /// <summary>Until an answer begins: mirrors that must first fetch the file themselves need some time.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    /// <summary>In the middle of a body.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(30);

    private readonly RetryPolicy _policy = RetryPolicy.Usual;
    private readonly ImagePlace[] _places;
    private readonly TimeProvider _time;
    private readonly Action<string> _warn;
    private readonly HttpClient _client;
    private int _place;
    private int _failures;
    private long _position;
    private long _progressAt;
    private Exception? _lastCause;
    private HttpResponseMessage? _response;
    private Stream? _body;

    private HttpTransfer(ImageSource image, TimeProvider time, Action<string> warn)
    {
        (_time, _warn, Length) = (time, warn, image.LengthBytes);
        _places = [.. image.Mirrors.Prepend(image.Url!).Select(url => new ImagePlace(new Uri(url)))];
        _client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectLimit, AutomaticDecompression = DecompressionMethods.None })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>As ordered, or else as first announced.</summary>
    public long? Length { get; private set; }

    private ImagePlace Place => _places[_place];

    /// <param name="warn">Told of everything that went wrong and is tried again.</param>
    /// <exception cref="AgentFailure"><see cref="AgentFailureCodes.ImageUnavailable"/> when no place begins to deliver.</exception>
    public static async Task<HttpTransfer> OpenAsync(ImageSource image, TimeProvider time, Action<string> warn, CancellationToken cancellation)
    {
        var transfer = new HttpTransfer(image, time, warn);
        try
        {
            while (!await transfer.TryConnectAsync(cancellation))
            {
            }
            return transfer;
        }
        catch
        {
            transfer.Dispose();
            throw;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        while (true)
        {
            if (_body is null && !await TryConnectAsync(cancellation)) continue;
            var got = await TryReadAsync(into, cancellation);
            if (got is null) continue;
            if (got == 0 && Length is { } total && _position < total)
            {
                await TroubleAsync($"it ended after {_position} of {total} bytes", askAgain: true, null, cancellation);
                continue;
            }

            _position += got.Value;
            if (_position - _progressAt >= RetryPolicy.ProgressBytes) (_progressAt, _failures) = (_position, 0);
            return got.Value;
        }
    }

    public void Dispose()
    {
        HangUp();
        _client.Dispose();
    }

    /// <summary>Brings the body to the byte that is wanted next; false when it is to be tried once more.</summary>
    private async Task<bool> TryConnectAsync(CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Place.Url) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (_position > 0)
        {
            request.Headers.Range = new RangeHeaderValue(_position, null);
            if (Place.IfRange is { } mark) request.Headers.TryAddWithoutValidation("If-Range", mark);
        }

        _response = await GuardAsync(token => _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token), AnswerLimit, cancellation);
        if (_response is null) return false;
        var head = HeadOf(_response);
        var verdict = RangeAnswer.Judge(head, _position, Place.Seen, Length);
        if (verdict.Refusal is { } refusal)
        {
            await TroubleAsync(refusal, verdict.AskAgain, null, cancellation);
            return false;
        }

        Place.Seen ??= head.Entity;
        Length ??= head.TotalBytes;
        _body = await GuardAsync(token => _response.Content.ReadAsStreamAsync(token), SilenceLimit, cancellation);
        return _body is not null && await SkipAsync(verdict.SkipBytes, cancellation);
    }

    private async Task<bool> SkipAsync(long bytes, CancellationToken cancellation)
    {
        var scrap = new byte[64 * 1024];
        for (var left = bytes; left > 0;)
        {
            if (await TryReadAsync(scrap.AsMemory(0, (int)Math.Min(scrap.Length, left)), cancellation) is not { } got) return false;
            if (got == 0)
            {
                await TroubleAsync($"it began anew and ended {left} bytes before byte {_position}", askAgain: true, null, cancellation);
                return false;
            }
            left -= got;
        }
        return true;
    }

    private async Task<int?> TryReadAsync(Memory<byte> into, CancellationToken cancellation) =>
        await GuardAsync(async token => (int?)await _body!.ReadAsync(into, token), SilenceLimit, cancellation);

    /// <returns>Null when it failed and is to be tried once more.</returns>
    private async Task<T?> GuardAsync<T>(Func<CancellationToken, Task<T>> attempt, TimeSpan limit, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        try
        {
            return await attempt(either.Token);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            await TroubleAsync(HttpWords.Of(failure), askAgain: true, failure, cancellation);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            await TroubleAsync(silence.IsCancellationRequested ? $"nothing came for {limit.TotalSeconds:0} s" : $"no connection within {ConnectLimit.TotalSeconds:0} s", askAgain: true, null, cancellation);
        }
        return default;
    }

    /// <summary>Hangs up, goes on to the next place and waits as long as the policy wants.</summary>
    /// <exception cref="AgentFailure">No place is left, or the attempts are used up.</exception>
    private async Task TroubleAsync(string what, bool askAgain, Exception? cause, CancellationToken cancellation)
    {
        HangUp();
        var (place, failures) = (Place, ++_failures);
        (place.Trouble, place.IsOut, _lastCause) = (what, !askAgain, cause ?? _lastCause);
        var left = _places.Count(candidate => !candidate.IsOut);
        if (_policy.PauseAfter(failures, left) is not { } pause)
            throw new AgentFailure(AgentFailureCodes.ImageUnavailable,
                $"Fetching the image{(_position > 0 ? $", after {_position} bytes" : "")}: {string.Join("; ", _places.Where(tried => tried.Trouble is not null).Select(tried => $"{tried.Name}: {tried.Trouble}"))}{(failures > 1 ? $" ({failures} attempts in a row without progress)" : "")}",
                _lastCause);

        do _place = (_place + 1) % _places.Length;
        while (Place.IsOut);
        _warn($"Fetching the image from {place.Name} at byte {_position}{(Length is { } total ? $" of {total}" : "")}: {what}; asking {(Place == place ? "again" : Place.Name)}{(pause > TimeSpan.Zero ? $" in {pause.TotalSeconds:0} s" : "")}");
        await Task.Delay(pause, _time, cancellation);
    }

    private void HangUp()
    {
        _body?.Dispose();
        _response?.Dispose();
        (_body, _response) = (null, null);
    }

    private static AnswerHead HeadOf(HttpResponseMessage response)
    {
        var (content, range) = (response.Content.Headers, response.Content.Headers.ContentRange);
        var inBytes = range is { Unit: "bytes", HasRange: true };
        return new AnswerHead((int)response.StatusCode, new Entity(response.Headers.ETag?.ToString(), content.LastModified),
            content.ContentLength, inBytes ? range!.From : null, inBytes ? range!.Length : null);
    }
}

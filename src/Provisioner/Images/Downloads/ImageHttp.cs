using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace Kronform.Provision.Images.Downloads;

/// <summary>A request that failed.</summary>
/// <param name="isTransient">The same request may succeed later.</param>
internal sealed class ImageHttpException(string message, bool isTransient, Exception? cause = null) : Exception(message, cause)
{
    public bool IsTransient { get; } = isTransient;
}

/// <summary>
/// The web as far as images need it. HTTP/1.1 and 2, redirects (never from https to http), the proxy of <c>HTTPS_PROXY</c>,
/// <c>HTTP_PROXY</c> and <c>NO_PROXY</c>; and the one pipeline that repeats what is worth repeating.
/// </summary>
public sealed class ImageHttp : IDisposable
{
    private const int LongestText = 1 << 20;

    /// <summary>The Image Factory makes an image while the first request for it waits.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(5);

    /// <summary>Without any byte for so long a server is taken for dead.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan GlanceLimit = TimeSpan.FromSeconds(15);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(20),
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        MaxResponseContentBufferSize = LongestText,
        DefaultRequestHeaders = { UserAgent = { new ProductInfoHeaderValue("kronform-provision", null) } },
    };

    private readonly TimeProvider _time;

    public ImageHttp(TimeProvider time, ILogger log)
    {
        _time = time;
        Pipeline = new ResiliencePipelineBuilder { Name = "image-download", TimeProvider = time }
            // 1+2+4+8+16 s outlast a restart of the other side; an attempt that brought bytes does not count (ImageDownload).
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 5,
                Delay = TimeSpan.FromSeconds(1),
                MaxDelay = TimeSpan.FromSeconds(20),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception is ImageHttpException { IsTransient: true }),
                OnRetry = retrying =>
                {
                    log.LogWarning("{Reason}; trying again in {Delay:0.0} s (attempt {Attempt} of the image-download pipeline failed)",
                        retrying.Outcome.Exception?.Message, retrying.RetryDelay.TotalSeconds, retrying.AttemptNumber + 1);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
    }

    internal ResiliencePipeline Pipeline { get; }

    public void Dispose() => _client.Dispose();

    /// <summary>The whole of a small text.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="brief">Asks once and gives up soon: for a look that nothing depends on.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    /// <exception cref="ImageHttpException">Any answer but 200, none, or a long one.</exception>
    internal async Task<string> TextAsync(Uri url, bool brief, CancellationToken cancellation) => brief
        ? await TextOnceAsync(url, GlanceLimit, cancellation)
        : await Pipeline.ExecuteAsync(async token => await TextOnceAsync(url, SilenceLimit, token), cancellation);

    /// <summary>Sends once. The caller looks at the status and disposes the answer.</summary>
    internal async Task<HttpResponseMessage> PostAsync(Uri url, string yaml, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(yaml, new MediaTypeHeaderValue("application/yaml")) };
        return await SendAsync(request, HttpCompletionOption.ResponseContentRead, SilenceLimit, cancellation);
    }

    /// <summary>Asks once and briefly what is there.</summary>
    /// <returns>The length, when the server says it.</returns>
    internal async Task<long?> HeadAsync(Uri url, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, url);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, GlanceLimit, cancellation);
        return response.StatusCode == HttpStatusCode.OK ? response.Content.Headers.ContentLength : throw Refused(url, response.StatusCode);
    }

    /// <summary>The head of an answer; its body is read with <see cref="GuardAsync"/>.</summary>
    internal Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        SendAsync(request, HttpCompletionOption.ResponseHeadersRead, AnswerLimit, cancellation);

    internal Task<int> ReadAsync(Uri url, Stream body, Memory<byte> into, CancellationToken cancellation) =>
        GuardAsync(url, SilenceLimit, token => body.ReadAsync(into, token).AsTask(), cancellation);

    internal static ImageHttpException Refused(Uri url, HttpStatusCode status) => new($"{ImageAddress.Show(url)} answered {(int)status} {status}",
        isTransient: status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError);

    private async Task<string> TextOnceAsync(Uri url, TimeSpan limit, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        using var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, limit, cancellation);
        return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsStringAsync(cancellation) : throw Refused(url, response.StatusCode);
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, TimeSpan limit, CancellationToken cancellation) =>
        GuardAsync(request.RequestUri!, limit, token => _client.SendAsync(request, completion, token), cancellation);

    private async Task<T> GuardAsync<T>(Uri url, TimeSpan limit, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        try
        {
            return await attempt(either.Token);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ImageHttpException($"{ImageAddress.Show(url)} could not be read", isTransient: true, failure);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ImageHttpException($"nothing came from {ImageAddress.Show(url)} for {limit.TotalSeconds:0} s", isTransient: true);
        }
    }
}

using System.Net;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>The image fetched by the agent itself. One attempt: a second one is the Provisioner's to decide, on a fresh order.</summary>
internal sealed class HttpTransfer : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(30);

    /// <summary>Without any byte for so long a server is taken for dead; mirrors that must first fetch the file themselves need some.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(60);

    private readonly HttpClient _client;
    private readonly TimeProvider _time;
    private readonly string _place;
    private HttpResponseMessage? _response;
    private Stream? _body;

    private HttpTransfer(Uri url, TimeProvider time)
    {
        _time = time;
        // Query and user information may be secrets.
        _place = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        _client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectLimit, AutomaticDecompression = DecompressionMethods.None })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public long? Length { get; private set; }

    /// <exception cref="AgentFailure"><see cref="AgentFailureCodes.ImageUnavailable"/>.</exception>
    public static async Task<HttpTransfer> OpenAsync(ImageSource image, TimeProvider time, CancellationToken cancellation)
    {
        var url = new Uri(image.Url!);
        var transfer = new HttpTransfer(url, time);
        try
        {
            await transfer.RequestAsync(url, image.LengthBytes, cancellation);
            return transfer;
        }
        catch
        {
            transfer.Dispose();
            throw;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellation) =>
        await GuardAsync(token => _body!.ReadAsync(into, token).AsTask(), cancellation);

    public void Dispose()
    {
        _body?.Dispose();
        _response?.Dispose();
        _client.Dispose();
    }

    private async Task RequestAsync(Uri url, long? ordered, CancellationToken cancellation)
    {
        _response = await GuardAsync(token => _client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, token), cancellation);
        if (_response.StatusCode != HttpStatusCode.OK)
            throw new AgentFailure(AgentFailureCodes.ImageUnavailable, $"Fetching the image from {_place}: the server answered {(int)_response.StatusCode}");
        var announced = _response.Content.Headers.ContentLength;
        if (announced is not null && ordered is not null && announced != ordered)
            throw new AgentFailure(AgentFailureCodes.ImageUnavailable, $"Fetching the image from {_place}: the server has {announced} bytes, {ordered} were ordered");
        Length = ordered ?? announced;
        _body = await GuardAsync(token => _response.Content.ReadAsStreamAsync(token), cancellation);
    }

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(SilenceLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        try
        {
            return await attempt(either.Token);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new AgentFailure(AgentFailureCodes.ImageUnavailable, $"Fetching the image from {_place}", failure);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AgentFailure(AgentFailureCodes.ImageUnavailable,
                $"Fetching the image from {_place}: nothing came for {SilenceLimit.TotalSeconds:F0} s");
        }
    }
}

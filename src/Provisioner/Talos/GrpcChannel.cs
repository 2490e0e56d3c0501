using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;
using Kronform.Provision.Reports;

namespace Kronform.Provision.Talos;

/// <summary>
/// gRPC over HttpClient's HTTP/2: one request message, one or many response messages. No gRPC client package can be had, and the
/// framing is a dozen lines.
/// </summary>
/// <param name="connection">Explains failed connections; disposed with the channel.</param>
internal sealed class GrpcChannel(TalosConnection connection, TimeProvider time) : IDisposable
{
    /// <summary>Talos's own limit, both ways.</summary>
    private const int MaxMessageBytes = 32 << 20;

    private const int FrameHeaderBytes = 5;

    private static readonly MediaTypeHeaderValue GrpcContent = new("application/grpc");

    private readonly HttpMessageInvoker _http = new(connection.Handler, disposeHandler: true);

    /// <exception cref="TalosRpcException">Any status but OK; connection failures as Unavailable.</exception>
    /// <exception cref="TalosTrustException">One side's certificate was not accepted by the other.</exception>
    public async Task<TResponse> UnaryAsync<TResponse>(
        string path, IMessage request, MessageParser<TResponse> parser, TimeSpan deadline, CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        TResponse? response = null;
        await foreach (var message in ServerStreamAsync(path, request, parser, deadline, cancellation))
        {
            if (response is not null)
                throw Failed(path, GrpcCode.Internal, "the node sent more than one answer");
            response = message;
        }

        return response ?? throw Failed(path, GrpcCode.Internal, "the node sent no answer");
    }

    /// <summary>The stream ends normally only after the node's final OK: a cut stream throws.</summary>
    /// <exception cref="TalosRpcException">Any status but OK; connection failures as Unavailable.</exception>
    /// <exception cref="TalosTrustException">One side's certificate was not accepted by the other.</exception>
    public async IAsyncEnumerable<TResponse> ServerStreamAsync<TResponse>(
        string path, IMessage request, MessageParser<TResponse> parser, TimeSpan deadline,
        [EnumeratorCancellation] CancellationToken cancellation)
        where TResponse : class, IMessage<TResponse>
    {
        using var wait = WaitClock.On(FarSide.Talos);
        using var expiry = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, expiry.Token);
        var call = new Call(this, path, deadline, cancellation, expiry.Token);

        using var message = CreateRequest(path, request, deadline);
        using var response = await call.Guard(() => _http.SendAsync(message, either.Token));
        CheckHead(path, response);
        await using var body = await call.Guard(() => response.Content.ReadAsStreamAsync(either.Token));

        var header = new byte[FrameHeaderBytes];
        while (true)
        {
            var got = await call.Guard(() => body.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, either.Token).AsTask());
            if (got == 0)
                break;
            if (got < header.Length)
                throw Failed(path, GrpcCode.Internal, "the stream ended inside a frame");
            if (header[0] != 0)
                throw Failed(path, GrpcCode.Internal, "the node compressed a message, which was not offered");

            var length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
            if (length > MaxMessageBytes)
                throw Failed(path, GrpcCode.ResourceExhausted, $"the node announced a message of {length} bytes");

            var frame = new byte[length];
            await call.Guard(async () =>
            {
                await body.ReadExactlyAsync(frame, either.Token);
                return true;
            });
            yield return Parse(path, parser, frame);
        }

        CheckStatus(path, response.TrailingHeaders, required: true);
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage CreateRequest(string path, IMessage request, TimeSpan deadline)
    {
        var size = request.CalculateSize();
        if (size > MaxMessageBytes)
            throw Failed(path, GrpcCode.ResourceExhausted, $"a request of {size} bytes is more than Talos takes");

        var frame = new byte[FrameHeaderBytes + size];
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)size);
        request.WriteTo(frame.AsSpan(FrameHeaderBytes));

        var message = new HttpRequestMessage(HttpMethod.Post, new Uri(connection.Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = GrpcContent } },
        };
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        // At most eight digits are allowed; milliseconds reach 27 hours.
        message.Headers.TryAddWithoutValidation("grpc-timeout", ((long)deadline.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) + "m");
        return message;
    }

    private void CheckHead(string path, HttpResponseMessage response)
    {
        // Trailers-only: an error without any message comes with its status in the head.
        CheckStatus(path, response.Headers, required: false);

        if (response.StatusCode != HttpStatusCode.OK)
        {
            // The table of gRPC's own document "HTTP to gRPC Status Code Mapping".
            var code = response.StatusCode switch
            {
                HttpStatusCode.BadRequest => GrpcCode.Internal,
                HttpStatusCode.Unauthorized => GrpcCode.Unauthenticated,
                HttpStatusCode.Forbidden => GrpcCode.PermissionDenied,
                HttpStatusCode.NotFound => GrpcCode.Unimplemented,
                HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
                    or HttpStatusCode.GatewayTimeout => GrpcCode.Unavailable,
                _ => GrpcCode.Unknown,
            };
            throw Failed(path, code, $"the node answered with HTTP status {(int)response.StatusCode}");
        }

        if (response.Content.Headers.ContentType?.MediaType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
            throw Failed(path, GrpcCode.Unknown, $"the node answered with content type '{response.Content.Headers.ContentType}', not gRPC");
    }

    private void CheckStatus(string path, HttpHeaders headers, bool required)
    {
        if (!headers.NonValidated.TryGetValues("grpc-status", out var status))
        {
            if (required)
                throw Failed(path, GrpcCode.Unavailable, "the stream ended without a status");
            return;
        }

        var code = int.TryParse(status.ToString(), CultureInfo.InvariantCulture, out var number) && Enum.IsDefined((GrpcCode)number)
            ? (GrpcCode)number
            : GrpcCode.Unknown;
        if (code == GrpcCode.Ok)
            return;

        var text = headers.NonValidated.TryGetValues("grpc-message", out var encoded) ? PercentDecode(encoded.ToString()) : "";
        throw Failed(path, code, text);
    }

    /// <summary>Undoes gRPC's percent-encoding of UTF-8; anything malformed stays as it is, since it is only a text to show.</summary>
    internal static string PercentDecode(string encoded)
    {
        if (!encoded.Contains('%', StringComparison.Ordinal))
            return encoded;

        var bytes = new List<byte>(encoded.Length);
        for (var i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length
                && byte.TryParse(encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(encoded, i, 1));
            }
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private TResponse Parse<TResponse>(string path, MessageParser<TResponse> parser, byte[] frame)
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            return parser.ParseFrom(frame);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Failed(path, GrpcCode.Internal, "the node's answer is not the message it should be", e);
        }
    }

    private TalosRpcException Failed(string path, GrpcCode code, string detail, Exception? cause = null) =>
        new(code, detail, $"Calling {path.TrimStart('/')} on {connection.Address.Authority}", cause);

    private sealed class Call(
        GrpcChannel channel, string path, TimeSpan deadline, CancellationToken cancellation, CancellationToken expiry)
    {
        public async Task<T> Guard<T>(Func<Task<T>> step)
        {
            try
            {
                return await step();
            }
            catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested && expiry.IsCancellationRequested)
            {
                throw channel.Failed(path, GrpcCode.DeadlineExceeded, $"no answer within {deadline.TotalSeconds:0.#} s", e);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException
                                      || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                throw channel.ConnectionFailed(path, e);
            }
        }
    }

    private Exception ConnectionFailed(string path, Exception cause) => connection.ExplainFailure(cause) is { } trust
        ? trust
        : Failed(path, GrpcCode.Unavailable, connection.DescribeFailure(cause), cause);
}

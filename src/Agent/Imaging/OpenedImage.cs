using Kronform.Provision.Agent.Imaging.Decoding;
using Kronform.Provision.Agent.Imaging.Http;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// An image that has begun to arrive: its first block is expanded and its partition table understood, and the disk has not
/// been touched for that.
/// </summary>
internal sealed class OpenedImage : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly HttpTransfer? _http;
    private readonly Task _pump;
    private readonly TransferStream _transfer;
    private Stream? _expanded;

    private OpenedImage(TransferSource source, HttpTransfer? http, Action watch, Vitals vitals, CancellationTokenSource stop)
    {
        (Source, _http, _stop) = (source, http, stop);
        _pump = Task.Run(() => source.PumpAsync(stop.Token), CancellationToken.None);
        _transfer = new TransferStream(source, vitals, stop.Token);
        (vitals.BytesIn, vitals.FreeBlocks, vitals.SourceRetries) = (() => source.BytesTaken, () => Pool.Free, http is not null);

        // Behind an image on standard input comes only the stream's end, which means that the Provisioner is gone. When the
        // image itself was cut that is already known, and by its better name.
        if (http is not null) watch();
        else _ = _pump.ContinueWith(_ => { if (source.Sha256 is not null) watch(); }, TaskScheduler.Default);
    }

    public TransferSource Source { get; }

    /// <summary>All the memory that image data ever takes, but for decoder and line.</summary>
    public BlockPool Pool { get; } = new(ImagePipeline.PoolBlocks);

    public BlockReader Reader { get; private set; } = null!;

    /// <summary>Filled; belongs to <see cref="Pool"/>.</summary>
    public Block First { get; private set; } = null!;

    public ImageHead Head { get; private set; } = null!;

    /// <param name="standardInput">Positioned behind the order.</param>
    /// <param name="warn">Told when the source broke off and is asked again.</param>
    /// <param name="watch">Called once standard input has nothing more to give but its end.</param>
    /// <param name="stop">Cancelled on every failure; ends all threads of the transfer.</param>
    /// <exception cref="AgentFailure">Not available, not readable, no image for this disk.</exception>
    public static async Task<OpenedImage> OpenAsync(
        ImageSource image, TransferReader standardInput, long diskBytes, TimeProvider time, Action<string> warn, Vitals vitals, Action watch, CancellationTokenSource stop)
    {
        var http = image.Kind == "http" ? await HttpTransfer.OpenAsync(image, time, warn, stop.Token) : null;
        var source = http is null ? new TransferSource(standardInput, image.LengthBytes, vitals) : new TransferSource(http.ReadAsync, http.Length, vitals);
        var opened = new OpenedImage(source, http, watch, vitals, stop);
        try
        {
            await Task.Run(() => opened.ReadFirst(diskBytes, vitals), CancellationToken.None);
            return opened;
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>To be called when no stage of the pipeline runs any more: decoders and blocks are native memory.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pump;
        if (_expanded is not null) await _expanded.DisposeAsync();
        await _transfer.DisposeAsync();
        _http?.Dispose();
        Pool.Dispose();
    }

    private void ReadFirst(long diskBytes, Vitals vitals)
    {
        _expanded = ImageFormat.Open(_transfer);
        Reader = new BlockReader(_expanded, diskBytes, vitals);
        First = Pool.Take(_stop.Token);
        Reader.Fill(First);
        Head = ImageHead.Read(First.Content[..Math.Min(First.Length, ImageHead.Bytes)].ToArray(), diskBytes);
    }
}

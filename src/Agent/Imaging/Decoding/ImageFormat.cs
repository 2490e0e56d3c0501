using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging.Decoding;

/// <summary>
/// Recognises the format by its first bytes; a name may lie. Every decoder ends only at the clean end of the format
/// <em>and</em> of the file: damage, a cut and trailing bytes are <see cref="AgentFailureCodes.ImageFormat"/>.
/// </summary>
internal static class ImageFormat
{
    public static Stream Open(TransferStream transfer)
    {
        var head = transfer.Peek();
        if (head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD])) return new ZstdStream(transfer);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0])) return new XzStream(transfer, Environment.ProcessorCount);
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 8])) return TarMemberStream.UnwrapIfTar(new GzipStream(transfer));
        if (head.Length == 0) throw Unreadable("it is empty");
        return transfer;
    }

    public static AgentFailure Unreadable(string because, Exception? cause = null) =>
        new(AgentFailureCodes.ImageFormat, $"Expanding the image: {because}", cause);
}

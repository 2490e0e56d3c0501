using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>Cuts the expanded image into blocks and stops it where the disk ends.</summary>
internal sealed class BlockReader(Stream expanded, long diskBytes, Vitals vitals)
{
    private const int Sector = 512;

    /// <summary>Small enough for a processor's own memory: zeros, of which images are full, never get beyond it.</summary>
    private readonly byte[] _piece = new byte[ChunkDigest.PieceBytes];

    public long Bytes { get; private set; }

    /// <summary>False when the image has ended and the block is empty.</summary>
    public bool Fill(Block block)
    {
        block.Begin(Bytes);
        for (var length = _piece.Length; length == _piece.Length && block.Length < Block.Bytes;)
        {
            length = FillPiece();
            block.Add(_piece.AsSpan(0, length));
            if (block.End > diskBytes)
                throw new AgentFailure(AgentFailureCodes.ImageDoesNotFit, $"Expanding the image: it is larger than the disk's {diskBytes} bytes");
        }
        Bytes = block.End;
        if (block.Length % Sector != 0)
            throw new AgentFailure(AgentFailureCodes.ImageFormat, $"Expanding the image: its {Bytes} bytes are not whole sectors of {Sector}");
        return block.Length > 0;
    }

    /// <summary>Less than a whole piece only at the image's end.</summary>
    private int FillPiece()
    {
        var filled = 0;
        using (vitals.Decoder.Begin())
        {
            while (filled < _piece.Length && expanded.Read(_piece.AsSpan(filled)) is var got and > 0)
            {
                filled += got;
                vitals.Decoder.Touch();
            }
        }
        return filled;
    }
}

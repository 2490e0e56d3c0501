using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>Cuts the expanded image into blocks and stops it where the disk ends.</summary>
internal sealed class BlockReader(Stream expanded, long diskBytes, Vitals vitals)
{
    private const int Sector = 512;

    public long Bytes { get; private set; }

    /// <summary>False when the image has ended and the block is empty.</summary>
    public bool Fill(Block block)
    {
        block.Offset = Bytes;
        block.Length = 0;
        while (block.Length < Block.Bytes)
        {
            int got;
            using (vitals.Decoder.Begin()) got = expanded.Read(block.Whole[block.Length..]);
            if (got == 0) break;
            block.Length += got;
            if (block.End > diskBytes)
                throw new AgentFailure(AgentFailureCodes.ImageDoesNotFit, $"Expanding the image: it is larger than the disk's {diskBytes} bytes");
        }
        Bytes = block.End;
        if (block.Length % Sector != 0)
            throw new AgentFailure(AgentFailureCodes.ImageFormat, $"Expanding the image: its {Bytes} bytes are not whole sectors of {Sector}");
        return block.Length > 0;
    }
}

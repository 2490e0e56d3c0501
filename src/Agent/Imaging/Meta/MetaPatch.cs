using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging.Meta;

/// <summary>
/// Puts the nonce into the image while it streams by. Blocks that hold a part of the META area wait here until all of it
/// has come, which is two blocks at most.
/// </summary>
internal sealed class MetaPatch(long metaOffset, string nonce)
{
    private readonly List<Block> _waiting = [];
    private bool _done;

    private long AreaEnd => metaOffset + MetaArea.Bytes;

    public bool Touches(Block block) => block.End > metaOffset && block.Offset < AreaEnd;

    /// <summary>The blocks that may go on, in order.</summary>
    public IReadOnlyList<Block> Pass(Block block)
    {
        if (!Touches(block)) return [block];
        _waiting.Add(block);
        if (block.End < AreaEnd) return [];
        Patch();
        _done = true;
        Block[] ready = [.. _waiting];
        _waiting.Clear();
        return ready;
    }

    /// <exception cref="AgentFailure">The image ended before its META partition did.</exception>
    public void EnsureDone()
    {
        if (!_done) throw new AgentFailure(AgentFailureCodes.ImageFormat, $"Putting the boot nonce into the image: it ends before its {MetaArea.PartitionName} partition does");
    }

    private void Patch()
    {
        var area = new byte[MetaArea.Bytes];
        foreach (var block in _waiting)
        {
            var inBlock = Overlap(block, out var inArea);
            inBlock.CopyTo(area.AsSpan(inArea));
        }
        MetaArea.PutNonce(area, nonce);
        foreach (var block in _waiting)
        {
            var inBlock = Overlap(block, out var inArea);
            area.AsSpan(inArea, inBlock.Length).CopyTo(inBlock);
            block.Changed();
        }
    }

    /// <summary>The part of the area that lies in the block, and where in the area it belongs.</summary>
    private Span<byte> Overlap(Block block, out int inArea)
    {
        var start = Math.Max(metaOffset, block.Offset);
        var end = Math.Min(AreaEnd, block.End);
        inArea = (int)(start - metaOffset);
        return block.Content[(int)(start - block.Offset)..(int)(end - block.Offset)];
    }
}

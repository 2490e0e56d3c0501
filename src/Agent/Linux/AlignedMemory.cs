using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Linux;

/// <summary>Memory that O_DIRECT accepts on any disk: outside the garbage collector, on a 4096 byte boundary.</summary>
internal sealed unsafe class AlignedMemory : IDisposable
{
    public const int Boundary = 4096;

    private void* _start;
    private readonly int _length;

    public AlignedMemory(int length)
    {
        _length = length;
        _start = NativeMemory.AlignedAlloc((nuint)length, Boundary);
    }

    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_start is null, this);
            return new Span<byte>(_start, _length);
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}

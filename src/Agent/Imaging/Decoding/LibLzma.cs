using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Imaging.Decoding;

/// <summary>The entry points of liblzma 5, as its headers lzma/base.h and lzma/container.h describe them.</summary>
internal static unsafe partial class LibLzma
{
    public const string Library = "liblzma.so.5";
    public const uint Concatenated = 8;
    public const int Run = 0;
    public const int Finish = 3;
    public const int Ok = 0;
    public const int StreamEnd = 1;

    /// <summary><c>lzma_stream</c>, with room for its reserved fields.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Coder
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        public void* Allocator;
        public void* Internal;
        public fixed ulong Reserved[16];
    }

    /// <summary><c>lzma_mt</c>; what only an encoder reads is left zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Threading
    {
        public uint Flags;
        public uint Threads;
        public ulong BlockSize;
        public uint TimeoutMs;
        public uint Preset;
        public void* Filters;
        public int Check;
        public fixed int ReservedEnums[3];
        public fixed uint ReservedNumbers[4];
        public ulong MemoryForThreads;
        public ulong MemoryLimit;
        public fixed ulong ReservedSizes[2];
        public fixed ulong ReservedPointers[4];
    }

    public static string Describe(int result) => result switch
    {
        6 => "it needs more memory than is allowed",
        7 => "other bytes follow it, or it is no xz file",
        8 => "unsupported options",
        9 => "damaged data",
        10 => "it ends in the middle of its data",
        _ => $"error {result}",
    };

    [LibraryImport(Library, EntryPoint = "lzma_stream_decoder")]
    public static partial int StreamDecoder(Coder* stream, ulong memoryLimit, uint flags);

    /// <summary>Since liblzma 5.4.</summary>
    [LibraryImport(Library, EntryPoint = "lzma_stream_decoder_mt")]
    public static partial int ThreadedStreamDecoder(Coder* stream, Threading* options);

    [LibraryImport(Library, EntryPoint = "lzma_code")]
    public static partial int Code(Coder* stream, int action);

    [LibraryImport(Library, EntryPoint = "lzma_end")]
    public static partial void End(Coder* stream);
}

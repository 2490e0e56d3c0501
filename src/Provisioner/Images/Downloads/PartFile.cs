using System.Text.Json;

namespace Kronform.Provision.Images.Downloads;

/// <param name="Url">Where the bytes so far came from.</param>
/// <param name="Validator">Value of If-Range: a strong ETag or a date; null when the server gave neither, and nothing can be resumed.</param>
/// <param name="TotalBytes">Of the whole file, when the server said.</param>
internal sealed record PartOrigin(string Url, string? Validator, long? TotalBytes);

/// <summary>
/// A download under way: the bytes so far, and beside them where they came from. Survives the process, so that the next one goes
/// on. Whoever holds one holds the download's lock.
/// </summary>
internal sealed class PartFile(string path)
{
    private string OriginFile => Path + ".origin";

    public string Path { get; } = path;

    public long Length => File.Exists(Path) ? new FileInfo(Path).Length : 0;

    /// <summary>Null when there is nothing to resume.</summary>
    public PartOrigin? Origin
    {
        get
        {
            try
            {
                return Length > 0 && File.Exists(OriginFile) ? JsonSerializer.Deserialize<PartOrigin>(File.ReadAllBytes(OriginFile)) : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>Opens for writing at an offset; what is behind it is cut off.</summary>
    public FileStream OpenAt(long offset, PartOrigin origin)
    {
        if (offset == 0) File.Delete(OriginFile);
        var stream = new FileStream(Path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        stream.SetLength(offset);
        stream.Position = offset;
        File.WriteAllBytes(OriginFile, JsonSerializer.SerializeToUtf8Bytes(origin));
        return stream;
    }

    public void Delete()
    {
        File.Delete(OriginFile);
        File.Delete(Path);
    }

    /// <summary>Gives the whole file its name. Its bytes are on the disk before the name is.</summary>
    public void MoveTo(string name)
    {
        using (var stream = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite)) stream.Flush(flushToDisk: true);
        File.Move(Path, name, overwrite: true);
        File.Delete(OriginFile);
    }
}

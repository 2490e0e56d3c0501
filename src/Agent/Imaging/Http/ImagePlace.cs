namespace Kronform.Provision.Agent.Imaging.Http;

/// <summary>One address of the file, and what came of asking there.</summary>
internal sealed class ImagePlace(Uri url)
{
    public Uri Url => url;

    /// <summary>For messages: query and user information may be secrets.</summary>
    public string Name { get; } = url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Of its first answer.</summary>
    public Entity? Seen { get; set; }

    /// <summary>The last thing that went wrong here.</summary>
    public string? Trouble { get; set; }

    /// <summary>It will not answer better later.</summary>
    public bool IsOut { get; set; }

    /// <summary>
    /// What makes a server send the whole file instead of a range of another one. Weak marks cannot (RFC 9110, 13.1.5); they are
    /// compared when the answer is there.
    /// </summary>
    public string? IfRange => Seen switch
    {
        { ETag: { } tag } when !tag.StartsWith("W/", StringComparison.Ordinal) => tag,
        { ETag: null, LastModified: { } date } => date.ToString("R"),
        _ => null,
    };
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kronform.Provision.Bench.Fleet;

/// <summary>What the product's SSH stand-in says, a JSON object a line: first where to, then commands and their input.</summary>
internal sealed record SshAsk
{
    public string? Address { get; init; }

    public IReadOnlyList<string>? Fingerprints { get; init; }

    public string? Command { get; init; }

    /// <summary>What stands before the content of the command's input.</summary>
    public string? Order { get; init; }

    public string? Input { get; init; }
}

/// <summary>What the world answers: of an opened connection, a line of output, or a command's end.</summary>
internal sealed record SshTell
{
    public bool Opened { get; init; }

    /// <summary>Name of an <see cref="Ssh.SshFailure"/>.</summary>
    public string? Failure { get; init; }

    public string? Line { get; init; }

    public int? Exit { get; init; }
}

/// <summary>JSON lines over one connection; whoever is hung up on hears null.</summary>
internal sealed class SshWire(Stream stream) : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private readonly StreamReader _lines = new(stream, leaveOpen: true);

    public ValueTask SayAsync<T>(T word, CancellationToken cancellation) =>
        stream.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(word, Json) + "\n"), cancellation);

    public async Task<T?> HearAsync<T>(CancellationToken cancellation) where T : class =>
        await _lines.ReadLineAsync(cancellation) is { } line ? JsonSerializer.Deserialize<T>(line, Json) : null;

    public async ValueTask DisposeAsync()
    {
        _lines.Dispose();
        await stream.DisposeAsync();
    }
}

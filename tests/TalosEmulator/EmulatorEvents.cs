using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kronform.Provision.TalosEmulator;

/// <summary>
/// One line per thing that happened, for the machine's console: `RACK-TALOS {"event":"stage","stage":"booting"}`. Never a secret.
/// </summary>
internal sealed class EmulatorEvents(Action<string> print)
{
    // The lines go to a console, not into HTML: a fingerprint's plus sign stays one.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Write(string name, params ReadOnlySpan<(string Name, string Value)> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            foreach (var (field, value) in fields)
                json.WriteString(field, value);
            json.WriteEndObject();
        }

        print("RACK-TALOS " + Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}

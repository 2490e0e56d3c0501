using System.Text;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>Texts and numbers as formats keep them in their blocks.</summary>
internal static class SignatureFields
{
    /// <summary>Up to the first NUL, trimmed; null when empty. Bytes that are no text become replacement characters.</summary>
    public static string? Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
        return text.Length == 0 ? null : text;
    }

    /// <summary>Sixteen bytes in the order they are written; null when all zero.</summary>
    public static string? Uuid(ReadOnlySpan<byte> bytes)
    {
        var uuid = new Guid(bytes[..16], bigEndian: true);
        return uuid == Guid.Empty ? null : uuid.ToString();
    }

    /// <summary>Thirty-two hex digits as text, with the dashes that the format leaves out.</summary>
    public static string? DashedUuid(ReadOnlySpan<byte> digits) =>
        Guid.TryParseExact(Text(digits[..32]), "N", out var uuid) ? uuid.ToString() : Text(digits[..32]);
}

namespace Kronform.Provision.VirtualRack.Signatures;

/// <summary>
/// One of the scripts in stacks/: commands for the rescue system that leave on blank disks what a real server's disks
/// carry. Its first line says what it is; <c># disks:</c> names the disks to keep, <c># tools:</c> the programs that made them.
/// </summary>
/// <param name="Text">Whole, as it runs.</param>
internal sealed record StackScript(string Name, string About, IReadOnlyList<string> Disks, IReadOnlyList<string> Tools, string Text)
{
    private static readonly string[] Parts = ["prelude", "look"];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "stacks");

    /// <summary>What the script runs as, from its first line to the look at the result.</summary>
    public string Program => string.Join('\n',
        "exec 3>&1 >&2", Part("prelude"), $"DISKS='{string.Join(' ', Disks)}' TOOLS='{string.Join(' ', Tools)}'", Text, Part("look"));

    /// <summary>What makes all disks blank again, whatever a stack left running.</summary>
    public static string Blank => string.Join('\n',
        Part("prelude"), "stop_everything", "for one in \"$A\" \"$B\" \"$C\" \"$BIG\"; do blkdiscard --force \"$one\"; blockdev --rereadpt \"$one\"; done", "udevadm settle");

    public static IReadOnlyList<StackScript> All() =>
        [.. Directory.GetFiles(Folder, "*.sh").Where(file => !Parts.Contains(Path.GetFileNameWithoutExtension(file)))
            .Order(StringComparer.Ordinal).Select(file => Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllText(file)))];

    public static StackScript Parse(string name, string text)
    {
        var lines = text.Split('\n');
        string[] Words(string key) => lines.FirstOrDefault(line => line.StartsWith($"# {key}:", StringComparison.Ordinal))?[(key.Length + 3)..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var disks = Words("disks");
        if (!lines[0].StartsWith("# ", StringComparison.Ordinal) || disks.Length == 0)
            throw new Hosting.ToolException($"stacks/{name}.sh must begin with a line that says what it makes and have a line \"# disks: …\"");
        return new StackScript(name, lines[0][2..], disks, Words("tools"), text);
    }

    private static string Part(string name) => File.ReadAllText(Path.Combine(Folder, name + ".sh"));
}

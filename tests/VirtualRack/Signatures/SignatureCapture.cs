using System.Text.Json;
using System.Text.Json.Nodes;
using Kronform.Provision.VirtualRack.Handle;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Signatures;

/// <summary>
/// Boots a rescue system, lets its tools make each stack on blank disks, and keeps for each disk NAME.DISK.sparse.gz and for
/// each stack NAME.json: how it was made and what wipefs, blkid and lsblk said of it.
/// </summary>
internal sealed class SignatureCapture(TimeProvider time, Action<string> say)
{
    private const string Node = "n4";
    private const long LargestFixture = 50_000;
    private static readonly TimeSpan BootPatience = TimeSpan.FromMinutes(3);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="only">Names of stacks; empty: all.</param>
    public async Task RunAsync(string into, IReadOnlyList<string> only, CancellationToken cancellation)
    {
        var all = StackScript.All();
        if (only.FirstOrDefault(name => all.All(stack => stack.Name != name)) is { } unknown)
            throw new ToolException($"there is no stack {unknown}; there are {string.Join(", ", all.Select(stack => stack.Name))}");
        Directory.CreateDirectory(into);
        var folder = Directory.CreateTempSubdirectory("capture-").FullName;
        try
        {
            await using var rack = await RackProcess.StartAsync("signatures", new RackOptions(Path.Combine(folder, "rack"), WithoutTalos: true, Say: say), time, cancellation);
            var shell = await RescueShell.BootAsync(rack, Node, folder, BootPatience, cancellation);
            foreach (var stack in all.Where(stack => only.Count == 0 || only.Contains(stack.Name)))
                await CaptureAsync(stack, shell, rack, into, cancellation);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task CaptureAsync(StackScript stack, RescueShell shell, RackProcess rack, string into, CancellationToken cancellation)
    {
        try
        {
            await shell.RunAsync(StackScript.Blank, cancellation);
            var seen = JsonNode.Parse(await shell.RunAsync(stack.Program, cancellation))!.AsObject();
            foreach (var disk in seen["disks"]!.AsArray())
            {
                var name = (string)disk!["name"]!;
                var file = $"{stack.Name}.{name}.sparse.gz";
                // The rack's disks lie in its mount namespace; its first process shows them.
                var content = $"/proc/{rack.File.NamespacePid}/root{rack.Directory}/volatile/{Node}/{name}.raw";
                var bytes = SparseCapture.Write(content,
                    [.. disk["volumes"]!.AsArray().Select(volume => ((long)volume!["start"]!, (long)volume["sizeBytes"]!))], Path.Combine(into, file));
                if (bytes > LargestFixture) throw new ToolException($"{file} has {bytes} bytes, more than the {LargestFixture} a fixture may have");
                disk["file"] = file;
                say($"{file}: {bytes} bytes");
            }

            var told = new JsonObject { ["stack"] = stack.Name, ["about"] = stack.About, ["script"] = new JsonArray([.. Commands(stack)]) };
            foreach (var (key, value) in seen.ToArray())
            {
                seen.Remove(key);
                told[key] = value;
            }

            await File.WriteAllTextAsync(Path.Combine(into, stack.Name + ".json"), told.ToJsonString(Indented) + "\n", cancellation);
        }
        catch (Exception failure) when (failure is ToolException or JsonException)
        {
            throw new ToolException($"stack {stack.Name}: {failure.Message}", failure);
        }
    }

    private static IEnumerable<JsonNode> Commands(StackScript stack) =>
        stack.Text.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => (JsonNode)JsonValue.Create(line)!);
}

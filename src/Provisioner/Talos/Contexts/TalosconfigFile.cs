using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Files;

namespace Kronform.Provision.Talos.Contexts;

/// <summary>A talosconfig on disk.</summary>
public static class TalosconfigFile
{
    /// <returns>The contexts that hold ca, crt and key, the current one first; at least one.</returns>
    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.Talosconfig"/>, with file, line and field; quotes no value.</exception>
    public static IReadOnlyList<TalosContext> Read(string path)
    {
        var problems = new ProblemList(path, FailureCode.Talosconfig);
        var text = ReadText(path) ?? throw Fail(path, "the file does not exist", "correct the path");
        var root = TalosconfigReader.Root(text, problems);
        if (root is null || problems.Any)
        {
            if (!problems.Any)
                problems.Add(1, 1, "", "the file is empty", "give a file as talosctl writes it");
            throw new ConfigProblemsException($"Reading {path}", problems.InFileOrder());
        }

        // A context with another kind of login has no keys in it; that matters only when no other is left.
        var current = TalosconfigReader.Current(root);
        var contexts = TalosconfigReader.Contexts(root).Select(c => TalosconfigReader.Context(c, problems)).OfType<TalosContext>().ToList();
        if (contexts.Count > 0)
            return [.. contexts.OrderByDescending(c => c.Name == current)];
        if (!problems.Any)
            problems.Add(1, 1, "contexts", "there is no context in it", "give a file as talosctl writes it");
        throw new ConfigProblemsException($"Reading {path}", problems.InFileOrder());
    }

    /// <summary>
    /// Puts a context into the file and leaves everything else in it as it is, to the byte; see <see cref="TalosconfigMerge"/>.
    /// The file is replaced in one step and only its owner can read it; a symbolic link goes on pointing at it.
    /// </summary>
    /// <returns>The name the context has in the file: another when the wanted one belongs to a different cluster.</returns>
    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.Talosconfig"/>; the file is as it was.</exception>
    public static string Merge(string path, TalosContext context)
    {
        var problems = new ProblemList(path, FailureCode.Talosconfig);
        var before = ReadText(path);
        var merged = TalosconfigMerge.Apply(before ?? "", context, problems);
        if (merged is not { } result || problems.Any)
            throw new ConfigProblemsException($"Adding context {context.Name} to {path}; the file was left as it is", problems.InFileOrder());
        if (result.Text != before)
            Write(path, result.Text);
        return result.Name;
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail(path, "the file cannot be read", "check its permissions", e);
        }
    }

    private static void Write(string path, string text)
    {
        try
        {
            WholeFile.Write(path, Encoding.UTF8.GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail(path, "the file cannot be written", "check its folder's permissions and room", e);
        }
    }

    private static ConfigProblemsException Fail(string path, string message, string remedy, Exception? cause = null) =>
        new($"Using the talosconfig {path}", [new ConfigProblem(path, 1, 1, "", message, remedy) { Code = FailureCode.Talosconfig }], cause);
}

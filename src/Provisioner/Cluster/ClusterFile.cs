using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>Reads provision.yaml. Looks at no other file, no variable and no network.</summary>
public static class ClusterFile
{
    /// <exception cref="ConfigProblemsException">Everything that is wrong, at once.</exception>
    public static ClusterSpec Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigProblemsException($"Reading {path}", [Unreadable(path)], error);
        }

        return Parse(text, path);
    }

    /// <param name="text">The file's content.</param>
    /// <param name="path">Shown in problems; relative paths in the file are relative to its folder.</param>
    /// <exception cref="ConfigProblemsException">Everything that is wrong, at once.</exception>
    internal static ClusterSpec Parse(string text, string path)
    {
        var problems = new ProblemList(path, FailureCode.ConfigInvalid);
        var documents = YamlDocuments.Parse(text, problems);
        var spec = Read(documents, problems);
        return spec is null || problems.Any
            ? throw new ConfigProblemsException($"Reading {path}", problems.InFileOrder())
            : spec;
    }

    private static ClusterSpec? Read(IReadOnlyList<YamlNode> documents, ProblemList problems)
    {
        if (documents.Count == 0)
        {
            if (!problems.Any) problems.Add(1, 1, "", "the file is empty", "write a starter with: provision init");
            return null;
        }

        if (documents.Count > 1)
            problems.Add(documents[1].Line, documents[1].Column, "", "a second YAML document begins here", "keep one document");
        if (documents[0] is not YamlMap map)
        {
            problems.Add(documents[0].Line, documents[0].Column, "", "the file is not a map of keys", "write a starter with: provision init");
            return null;
        }

        return ReadRoot(new ConfigSection(problems, "", map, 1, 1), problems);
    }

    private static ClusterSpec? ReadRoot(ConfigSection root, ProblemList problems)
    {
        var paths = new ConfigPaths(problems.File);
        var cluster = root.Section("cluster", "add cluster with name, endpoint and talosVersion");
        var name = cluster is null ? null : ClusterSections.ReadName(cluster);
        var endpoint = cluster is null ? null : ClusterSections.ReadEndpoint(cluster);
        var version = cluster is null ? null : ClusterSections.ReadTalosVersion(cluster);
        var talosconfig = cluster?.Text("talosconfig", "the path of a talosconfig");
        cluster?.RejectUnknownKeys();
        var robot = root.Section("robot", "add robot with username: { env: HROBOT_USERNAME } and password: { env: HROBOT_PASSWORD }") is { } r
            ? ClusterSections.ReadRobot(r, paths) : null;
        var ssh = root.Section("ssh", "add ssh with privateKey, or with agent: true and publicKey") is { } s
            ? ClusterSections.ReadSsh(s, paths) : null;
        var image = root.Section("image", "add image with source: github, or with file or url and sha256") is { } i
            ? ImageSection.Read(i, paths, version) : null;
        var health = ClusterSections.ReadHealth(root);
        var nodes = NodeSections.Read(root, paths);
        root.RejectUnknownKeys();

        if (name is null || endpoint is null || version is null || robot is null || ssh is null || image is null) return null;
        return new ClusterSpec
        {
            File = problems.File,
            Name = name,
            Endpoint = endpoint,
            TalosVersion = version,
            Talosconfig = talosconfig is null ? null : paths.Resolve(talosconfig),
            Robot = robot,
            Ssh = ssh,
            Image = image,
            Health = health,
            Nodes = nodes,
        };
    }

    private static ConfigProblem Unreadable(string path) => File.Exists(path)
        ? new ConfigProblem(path, 1, 1, "", "the file cannot be read", "check its permissions")
        : new ConfigProblem(path, 1, 1, "", "the file does not exist", "name it with --file, or write a starter with: provision init");
}

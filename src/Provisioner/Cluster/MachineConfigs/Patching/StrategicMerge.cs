using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>Merges the documents of one patch into those of a config: found by apiVersion, kind and name, else appended.</summary>
internal sealed class StrategicMerge(TalosVersion version, ProblemList problems, ProblemList warnings)
{
    public IReadOnlyList<YamlMap> Merge(IReadOnlyList<YamlMap> config, IReadOnlyList<YamlMap> patch)
    {
        var documents = config.ToList();
        var seen = new Dictionary<DocumentId, YamlMap>();
        foreach (var document in patch)
        {
            var (deletes, rest) = PatchDeletes.Split(document, problems);
            if (deletes.Count > 0 && !version.IsAtLeast(1, 8))
                problems.Add(deletes[0].At, "$patch", $"is not known to talosctl {version}", "write the base without it, or raise cluster.talosVersion to 1.8 or later");
            var id = DocumentId.Of(document);
            foreach (var delete in deletes) Delete(documents, id, delete);
            if (rest is null) continue;
            // Talos takes several from 1.14 on.
            if (!seen.TryAdd(id, document) && !version.IsAtLeast(1, 14))
                problems.Add(document, "", $"{id} is in this patch twice, first in line {seen[id].Line}", "write it once, or in two patch files");
            else
                Merge(documents, id, rest);
        }

        return documents;
    }

    private void Merge(List<YamlMap> documents, DocumentId id, YamlMap patch)
    {
        int at = documents.FindIndex(d => DocumentId.Of(d) == id);
        if (at < 0) documents.Add(patch);
        else documents[at] = new NodeMerge(id.Kind, version, problems).Merge(documents[at], patch);
    }

    private void Delete(List<YamlMap> documents, DocumentId id, PatchDelete delete)
    {
        int at = documents.FindIndex(d => DocumentId.Of(d) == id);
        if (delete.Path.Count == 0 && id.IsMain)
            problems.Add(delete.At, "$patch", "would delete the main document", "name what to delete below machine or cluster, or write apiVersion and kind of another document");
        else if (at < 0)
            warnings.Add(delete.At, id.ToString(), "is not there, so nothing was deleted", "");
        else if (delete.Path.Count == 0)
            documents.RemoveAt(at);
        else
            documents[at] = delete.ApplyTo(documents[at], id.Kind, problems, warnings);
    }
}

using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster;

public sealed class StarterFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("starter-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_starter_loads_with_just_the_places_to_fill_in()
    {
        var path = Path.Combine(_folder, "provision.yaml");
        StarterFile.Write(path);

        var error = Assert.Throws<ConfigProblemsException>(() => ClusterFile.Load(path));
        Assert.Equal(["cluster.name", "cluster.endpoint", "cluster.talosVersion", "nodes.n1.server"], error.Problems.Select(p => p.Field));
        Assert.All(error.Problems, p => Assert.Equal("is still to be filled in", p.Message));
    }

    [Fact]
    public void The_starter_filled_in_is_a_correct_file()
    {
        string[] values = ["kronform", "https://api.example.com:6443", "v1.13.9", "321"];
        var text = StarterFile.Text[StarterFile.Text.IndexOf("cluster:", StringComparison.Ordinal)..];
        foreach (var value in values)
        {
            var at = text.IndexOf("FILL-ME-IN", StringComparison.Ordinal);
            text = text[..at] + value + text[(at + "FILL-ME-IN".Length)..];
        }

        var spec = ProvisionYaml.Parse(text);
        Assert.Equal("n1", spec.BootstrapNode!.Name);
        Assert.Equal("machineconfigs/n1.yaml", spec.Nodes[0].ConfigPath);
        Assert.Equal(new TalosRelease(new TalosVersion(1, 13, 9), ImagePublisher.GitHub), spec.Image.Talos);
    }

    [Fact]
    public void An_existing_file_is_left_as_it_is()
    {
        var path = Path.Combine(_folder, "provision.yaml");
        File.WriteAllText(path, "mine");

        var error = Assert.Throws<ProvisionException>(() => StarterFile.Write(path));
        Assert.Equal(FailureCode.Usage, error.Code);
        Assert.Equal("mine", File.ReadAllText(path));
    }

    [Fact]
    public void A_missing_folder_is_a_clear_refusal() =>
        Assert.Equal(FailureCode.Usage, Assert.Throws<ProvisionException>(() => StarterFile.Write(Path.Combine(_folder, "no", "provision.yaml"))).Code);
}

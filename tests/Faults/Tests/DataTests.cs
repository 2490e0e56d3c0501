using Kronform.Provision.Cluster;
using Kronform.Provision.Faults.Running;
using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.Faults.World;
using Xunit;

namespace Kronform.Provision.Faults.Tests;

public sealed class DataTests
{
    [Theory]
    [InlineData("a:\n  why: x\n  runs: [{ expect: healthy }]\n  expect: {}\n  ssh: [write explode]", 5, "a.ssh", "\"write explode\" is no fault")]
    [InlineData("a:\n  why: x\n  runs: [{ expect: disk.gone }]\n  expect: {}", 3, "a.runs.expect", "\"disk.gone\" is no outcome")]
    [InlineData("a:\n  why: x\n  runs: [{ together: 2, expect: healthy }]\n  expect: {}", 3, "a.runs.expect", "1 outcomes for 2 processes")]
    [InlineData("a:\n  why: x\n  runs: [{ expect: healthy }]\n  expect: {}\n  server:\n    boots: [sideways]", 6, "a.server.boots", "nothing that a boot comes to")]
    [InlineData("a:\n  why: x\n  runs: [{ expect: healthy }]\n  expect: {}\n  robot: { faults: [PRESS reset Ignored] }", 5, "a.robot.faults", "is no fault")]
    [InlineData("a:\n  why: x\n  runs: [{ expect: healthy }]\n  expect: {}\n  speeed: 4", 5, "a.speeed", "is not a known key")]
    [InlineData("a:\n  why: x\n  runs: [{ expect: healthy }]", 1, "a.expect", "is missing")]
    [InlineData("a:\n  why: x\n  runs: [{ expect: healthy }]\n  expect: { disk: gone }", 4, "a.expect.disk", "\"gone\" is not known")]
    [InlineData("a:\n  why: x\n  runs: [{ expect: healthy }]\n  expect: {}\n  disks: [{ serial: S, holds: gold }]", 5, "a.disks.holds", "no known content")]
    public void A_fault_of_the_data_names_file_line_and_field(string yaml, int line, string field, string message)
    {
        string folder = Directory.CreateTempSubdirectory("faults-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "a.yaml"), yaml);
            var error = Assert.Throws<ConfigProblemsException>(() => ScenarioFile.LoadAll(folder));
            var problem = Assert.Single(error.Problems);
            Assert.Equal((Path.Combine(folder, "a.yaml"), line, field), (problem.File, problem.Line, problem.Field));
            Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void There_are_at_least_a_hundred_scenarios_beside_the_kill_matrix() => Assert.True(ScenarioFile.LoadAll().Count >= 100);

    [Theory]
    [InlineData("healthy", "healthy", true)]
    [InlineData("healthy", "killed|healthy", true)]
    [InlineData("disk.none", "?", true)]
    [InlineData("disk.none", "healthy", false)]
    [InlineData("healthy run.locked", "run.locked healthy", true)]
    [InlineData("healthy healthy", "run.locked healthy", false)]
    [InlineData("a b", "a|b a", true)]
    public void An_outcome_fits_its_prediction_and_no_other(string outcomes, string predicted, bool fits) =>
        Assert.Equal(fits, ScenarioRun.Fits(outcomes.Split(' '), predicted.Split(' ')));

    [Fact]
    public async Task The_kill_matrix_reaches_every_entry_of_a_full_runs_journal() => Assert.InRange(await KillMatrix.EntriesAsync(), 10, KillMatrix.MostEntries);

    [Fact]
    public void The_hash_of_a_disk_sees_one_byte_and_takes_a_hole_for_zeros()
    {
        string path = Path.GetTempFileName();
        try
        {
            using (var file = File.OpenWrite(path)) file.SetLength(10 << 20);
            string empty = ContentHash.Of(path);
            Put(5 << 20, 0);
            Assert.Equal(empty, ContentHash.Of(path));
            Put(5 << 20, 7);
            string seven = ContentHash.Of(path);
            Assert.NotEqual(empty, seven);
            Put(5 << 20, 0);
            Put((5 << 20) + 4096, 7);
            Assert.NotEqual(seven, ContentHash.Of(path));
        }
        finally
        {
            File.Delete(path);
        }

        void Put(long offset, byte value)
        {
            using var file = File.OpenWrite(path);
            file.Position = offset;
            file.WriteByte(value);
        }
    }
}

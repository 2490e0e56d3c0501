using System.CommandLine;
using Kronform.Provision.Commands;
using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Commands;

public sealed class ProvisionCommandTests
{
    [Theory]
    [InlineData("--inventory goes with --dry-run: nothing is written from a file.", "n4", "--inventory", "x.json")]
    [InlineData("--save goes with --dry-run.", "n4", "--save", "reports")]
    [InlineData("--inventory holds one machine's disks: name one node.", "n4", "n5", "--dry-run", "--inventory", "x.json")]
    [InlineData("--parallel: at least one node is worked on at once.", "n4", "--parallel", "0")]
    public void Options_that_do_not_go_together_are_a_usage_error(string expected, params string[] args) =>
        Assert.Equal(expected, Assert.Single(ProvisionCommand.Create().Parse(args).Errors).Message);

    [Theory]
    [InlineData("n4", "--kubeconfig")]
    [InlineData("--kubeconfig=/tmp/k", "n4")]
    [InlineData("status")]
    [InlineData("status", "n4", "n5", "-o", "json")]
    [InlineData("kubeconfig")]
    [InlineData("kubeconfig", "/tmp/k")]
    public void Commands_about_the_cluster_are_understood(params string[] args) => Assert.Empty(ProvisionCommand.Create().Parse(args).Errors);

    [Fact]
    public void A_dry_run_fetches_no_kubeconfig() =>
        Assert.Contains("provision kubeconfig", Assert.Single(ProvisionCommand.Create().Parse(["n4", "--dry-run", "--kubeconfig"]).Errors).Message, StringComparison.Ordinal);

    [Fact]
    public void Options_of_a_dry_run_go_together() =>
        Assert.Empty(ProvisionCommand.Create().Parse(["n4", "--dry-run", "--inventory", "x.json", "--save", "reports", "--timings", "-o", "json"]).Errors);

    [Fact]
    public async Task Help_ends_with_the_exit_codes_of_a_dry_run()
    {
        using var output = new StringWriter();
        await ProvisionCommand.Create().Parse(["--help"]).InvokeAsync(new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken);
        string[] lines = [.. output.ToString().Split('\n').Select(l => l.TrimEnd())];
        int start = Array.IndexOf(lines, "Exit codes of --dry-run:");
        Assert.True(start > 0, output.ToString());
        Assert.Equal(DryRunExit.Lines, lines[(start + 1)..(start + 1 + DryRunExit.Lines.Count)]);
        Assert.Contains("   30  disk.none                     no disk fits the conditions", lines);
    }

    [Fact]
    public async Task Help_of_another_command_does_not()
    {
        using var output = new StringWriter();
        await ProvisionCommand.Create().Parse(["doctor", "--help"]).InvokeAsync(new InvocationConfiguration { Output = output }, TestContext.Current.CancellationToken);
        Assert.Contains("Check the workstation", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Exit codes", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/dir/x")]
    [InlineData("/dev")]
    public async Task An_events_file_that_cannot_be_written_is_a_usage_error_that_names_it(string path)
    {
        using var error = new StringWriter();
        int status = await ProvisionCommand.Create().Parse(["n4", "--events", path]).InvokeAsync(new InvocationConfiguration { Error = error }, TestContext.Current.CancellationToken);
        Assert.Equal(FailureCode.Usage.ExitCode, status);
        Assert.StartsWith($"usage: --events: \"{path}\" cannot be written", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("remedy: ", error.ToString(), StringComparison.Ordinal);
    }
}

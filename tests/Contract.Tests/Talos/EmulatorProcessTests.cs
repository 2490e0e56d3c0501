extern alias provisioner;

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Kronform.Provision.Talos;
using Xunit;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>
/// The emulator as the program a machine runs. TALOS_EMULATOR names another build of it, for instance the trimmed single file.
/// </summary>
public sealed class EmulatorProcessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_program_lives_from_maintenance_to_a_reboot_and_back()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        var folder = Directory.CreateTempSubdirectory("emulator-").FullName;
        var address = IPAddress.Parse($"127.{100 + (Environment.ProcessId % 100)}.254.1");
        var meta = Path.Combine(folder, "meta");
        File.WriteAllBytes(meta, MetaImage.With("run-4711"));
        string[] arguments = ["serve", "--state", folder, "--address", address.ToString(), "--meta", meta, "--system-disk", "/dev/vda", "--version", "v1.12.11"];
        var lines = new ConcurrentQueue<string>();

        using (var program = Start(arguments, lines))
        {
            var found = (TalosProbeResult.Maintenance)await ProbeUntilAsync(address, lines, p => p is TalosProbeResult.Maintenance);
            using var maintenance = TalosClient.ForMaintenance(address, TalosClient.DefaultPort, found.SpkiFingerprint, TimeProvider.System);
            Assert.Equal("run-4711", await maintenance.MetaKeyAsync("0x0a", Cancellation));
            Assert.All(await maintenance.DisksAsync(Cancellation), d => Assert.True(d.SizeBytes > 0 && d.DevicePath == "/dev/" + d.Name, d.ToString()));
            Assert.Equal(new TalosSystemDisk("vda", "/dev/vda"), await maintenance.SystemDiskAsync(Cancellation));
            await maintenance.ApplyConfigurationAsync(Config(ca, address), dryRun: false, Cancellation);

            await ProbeUntilAsync(address, lines, p => p is TalosProbeResult.WantsClientCertificate);
            using var node = Client(ca, address);
            await Eventually.Async("an accepted bootstrap", async () =>
            {
                await node.BootstrapAsync(Cancellation);
                return true;
            }, accepted => accepted);
            await Eventually.Async("the node to run", () => node.MachineStatusAsync(Cancellation), s => s is { Stage: TalosStage.Running, Ready: true });
            Assert.Equal(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), await node.BootIdAsync(Cancellation));
            await node.RebootAsync(Cancellation);
            Assert.Equal(100, await program.ExitCodeAsync(Cancellation));
        }

        using (Start(arguments, lines))
        {
            await ProbeUntilAsync(address, lines, p => p is TalosProbeResult.WantsClientCertificate);
            using var node = Client(ca, address);
            await Eventually.Async("etcd's member", () => node.EtcdMembersAsync(queryLocal: true, Cancellation), list => list.Count == 1);
            // A line may still be on its way when what it tells can be seen already.
            foreach (var name in (string[])["maintenance", "config-applied", "apid", "bootstrap-accepted", "etcd-running", "reboot"])
                await Eventually.Async($"the line about {name}", () => Task.FromResult(lines.Any(l => l.StartsWith($$"""RACK-TALOS {"event":"{{name}}""", StringComparison.Ordinal))), told => told);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Wrong_arguments_end_with_usage()
    {
        using var program = Start(["serve", "--state", "/nonexistent", "--adress", "127.0.0.1"], new ConcurrentQueue<string>());

        Assert.Equal(2, await program.ExitCodeAsync(Cancellation));
    }

    /// <summary>Does not outlive its test.</summary>
    private sealed class RunningProgram(Process process) : IDisposable
    {
        public async Task<int> ExitCodeAsync(CancellationToken cancellation)
        {
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode;
        }

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    private static RunningProgram Start(string[] arguments, ConcurrentQueue<string> lines)
    {
        var path = Environment.GetEnvironmentVariable("TALOS_EMULATOR") ?? Path.Combine(AppContext.BaseDirectory, "talos-emulator");
        var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, e) => lines.Enqueue(e.Data ?? "");
        process.ErrorDataReceived += (_, e) => lines.Enqueue(e.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new RunningProgram(process);
    }

    private static async Task<TalosProbeResult> ProbeUntilAsync(IPAddress address, ConcurrentQueue<string> lines, Func<TalosProbeResult, bool> isWanted)
    {
        try
        {
            return await Eventually.Async("the API", () => TalosProbe.ProbeAsync(
                address, TalosClient.DefaultPort, TimeProvider.System, TimeSpan.FromSeconds(5), Cancellation), isWanted);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(e.Message + "\n" + string.Join('\n', lines), e);
        }
    }

    private static TalosClient Client(TalosCa ca, IPAddress address) =>
        TalosClient.ForConfigured(address, TalosClient.DefaultPort, TalosIdentity.FromCa(ca, TimeProvider.System), TimeProvider.System);

    private static byte[] Config(TalosCa ca, IPAddress address) => Encoding.UTF8.GetBytes(
        $$"""
        version: v1alpha1
        machine:
          type: controlplane
          ca:
            crt: {{Convert.ToBase64String(Encoding.ASCII.GetBytes(ca.ExportCertificatePem()))}}
            key: {{Convert.ToBase64String(Encoding.ASCII.GetBytes(ca.ExportKeyPem()))}}
          install:
            diskSelector:
              serial: X
        cluster:
          secret: c2VjcmV0
          controlPlane:
            endpoint: https://{{address}}:6443
        """);
}

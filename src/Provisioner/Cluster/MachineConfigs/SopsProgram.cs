using System.Collections;
using System.ComponentModel;
using Kronform.Provision.Failures;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>
/// Decrypts through the <c>sops</c> program, which knows age, PGP and the clouds' key stores. The plain text comes over its
/// standard output and stays in memory. The program gets our environment, where its keys are named, without Robot's credentials.
/// </summary>
internal sealed class SopsProgram(ClusterSpec cluster, TimeProvider time)
{
    /// <summary>A PGP agent may ask its owner for a passphrase meanwhile.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Far above any machine config; what is more is not one.</summary>
    private const int Largest = 4 << 20;

    private const int LongestComplaint = 16 << 10;

    public static string Remedy(string path) => $"See what sops says itself: sops --decrypt {path} > /dev/null";

    /// <exception cref="ProvisionException"><see cref="FailureCode.ConfigDecryption"/>.</exception>
    public async Task<byte[]> DecryptAsync(string path, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var child = Start(path);
            using var stop = either.Token.Register(child.Kill);
            child.Input.Close();
            var complaint = ReadAsync(child.Error, LongestComplaint, either.Token);
            byte[]? plain = await ReadAsync(child.Output, Largest, either.Token);
            if (plain is null) throw Failure(path, $"it returned more than {Largest >> 20} MiB");
            byte[] said = await complaint ?? [];
            int exit = await child.Exited.WaitAsync(either.Token);
            if (exit != 0) throw Failure(path, $"it ended with {exit}: {Redaction.Of(System.Text.Encoding.UTF8.GetString(said).Trim())}");
            if (plain.Length == 0) throw Failure(path, "it returned nothing");
            return plain;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Failure(path, $"it did not end within {Patience.TotalMinutes:0} minutes");
        }
    }

    private ChildProcess Start(string path)
    {
        try
        {
            return ChildProcess.Start("sops", ["--decrypt", "--input-type", "yaml", "--output-type", "yaml", Path.GetFullPath(path)], Environment());
        }
        catch (Win32Exception error)
        {
            throw new ProvisionException(FailureCode.ConfigDecryption, $"Decrypting {path}: the program sops cannot be started; nothing was touched",
                "Install sops (https://github.com/getsops/sops) so that it is found on PATH.", error);
        }
    }

    private Dictionary<string, string> Environment()
    {
        string?[] ours = [cluster.Robot.Username.EnvironmentVariable, cluster.Robot.Password.EnvironmentVariable];
        return System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Where(e => !ours.Contains((string)e.Key))
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.Ordinal);
    }

    private static ProvisionException Failure(string path, string what) =>
        new(FailureCode.ConfigDecryption, $"Decrypting {path} with sops: {what}; nothing was touched", Remedy(path));

    /// <summary>Null when there is more than that.</summary>
    private static async Task<byte[]?> ReadAsync(Stream stream, int most, CancellationToken cancellation)
    {
        var memory = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        while (await stream.ReadAsync(buffer, cancellation) is var count && count > 0)
        {
            if (memory.Length + count > most) return null;
            memory.Write(buffer, 0, count);
        }

        return memory.ToArray();
    }
}

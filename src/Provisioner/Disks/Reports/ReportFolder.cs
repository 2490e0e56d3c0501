using System.Text;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Disks.Reports;

/// <summary>Keeps reports and inventories where git can follow them: the same machine and configuration give the same bytes.</summary>
public static class ReportFolder
{
    /// <summary>
    /// Writes <c>&lt;node&gt;.report.txt</c>, <c>.report.json</c> and <c>.inventory.json</c>, each whole or not at all; a file that has
    /// its bytes already is left alone.
    /// </summary>
    /// <exception cref="ProvisionException"><see cref="FailureCode.Usage"/> when the folder cannot be made or written.</exception>
    public static void Save(string folder, DiskReport report, DiskInventory inventory)
    {
        try
        {
            Directory.CreateDirectory(folder);
            Write(folder, $"{report.Node}.inventory.json", SavedInventory.Write(inventory));
            Write(folder, $"{report.Node}.report.json", report.ToJson() + "\n");
            Write(folder, $"{report.Node}.report.txt", DiskReportText.Render(report));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.Usage, $"Saving the disk report of {report.Node} in {folder}", "Name a folder that can be written with --save.", error);
        }
    }

    private static void Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) return;
        // In the same folder, so that the move is a rename.
        string incoming = Path.Combine(folder, $".{name}.{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(incoming, bytes);
            File.Move(incoming, path, overwrite: true);
        }
        finally
        {
            File.Delete(incoming);
        }
    }
}

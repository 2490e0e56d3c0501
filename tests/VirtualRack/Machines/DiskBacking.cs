using System.Globalization;
using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.VirtualRack.Machines;

/// <summary>What lies behind a disk, as options of QEMU's -drive: its file, and between them what keeps a record or injects errors.</summary>
internal static class DiskBacking
{
    // unsafe: what a machine wrote counts as written at a power cut. Its disks lie in memory anyway.
    private const string Plain = "cache=unsafe";

    public static string Options(MachinePaths paths, DiskDescription disk, int boot)
    {
        var file = QemuArguments.Escaped(paths.Disk(disk));
        if (disk.RecordWrites)
        {
            // Flushes are dropped before they reach the record under cache=unsafe. Its sectors are those of Linux's dm-log-writes.
            return $"format=raw,cache=writeback,file.driver=blklogwrites,file.file.driver=file,file.file.filename={file},"
                + $"file.log.driver=file,file.log.filename={QemuArguments.Escaped(paths.WriteRecord(disk, boot))},file.log-sector-size=512";
        }

        if (disk.Faults.Count == 0) return $"file={file},format=raw,{Plain}";
        // "none" is the event that happens when the disk is opened: from then on the rule holds for all requests of its kind.
        var rules = disk.Faults.Select((fault, number) => string.Create(CultureInfo.InvariantCulture,
            $",file.inject-error.{number}.event=none,file.inject-error.{number}.iotype={(fault.On == DiskAccess.Read ? "read" : "write")}"
            + $",file.inject-error.{number}.sector={fault.AtBytes / 512},file.inject-error.{number}.errno=5,file.inject-error.{number}.once=off"
            + $",file.inject-error.{number}.immediately=off"));
        // werror, rerror: the machine is told, as by a disk, instead of being stopped.
        return $"format=raw,{Plain},werror=report,rerror=report,file.driver=blkdebug,file.image.driver=file,file.image.filename={file}{string.Concat(rules)}";
    }
}

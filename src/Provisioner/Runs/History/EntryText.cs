using System.Text.Json;

namespace Kronform.Provision.Runs.History;

/// <summary>One journal entry as one sentence for people.</summary>
public static class EntryText
{
    public static string Of(JournalEntry entry) => entry switch
    {
        RunStarted e => $"run began: server {e.Server}, image {e.ImageSha256[..Math.Min(12, e.ImageSha256.Length)]}",
        AttemptStarted e => $"attempt began{Said(e)}",
        AttemptEnded { Code: "ok" } => "attempt ended well",
        AttemptEnded e => $"attempt ended: {e.Code}",
        RescueArming e => $"arming the rescue system{(e.PreviousBootTime is { } before ? $"; the one before it booted at {before}" : "")}",
        ResetPressing e => $"pressing reset \"{e.Type}\" to boot {(e.Purpose == "disk" ? "the disk" : "the rescue system")}{(e.Because is { } why ? $": {why}" : "")}",
        ResetPressed => "reset pressed",
        ResetRefused e => $"nothing was pressed: {e.Because}",
        ResetInVain e => $"the reset did not help: {e.Seen}",
        RescueProven e => $"rescue system proven, boot {e.BootId}{(e.MacAddresses.Count > 0 ? $", network {string.Join(", ", e.MacAddresses)}" : "")}",
        DataLossAllowed e => $"data on the disk with serial {e.Serial} given up",
        NeutraliseStarting e => $"neutralising the disk with {e.Disk}: {e.Changes.Count} changes, old bytes kept here",
        NeutraliseDone e => $"neutralised the disk with {e.Disk}",
        NeutraliseGivenUp e => $"gave up neutralising the disk with {e.Disk}: {e.Because}",
        PlanSucceeded e => $"plan {Short(e.PlanHash)} became {Short(e.Successor)} by neutralising",
        WriteStarting e => $"writing the disk with {e.Disk} by plan {Short(e.PlanHash)}",
        WriteRejoined e => $"joined the write under way in the rescue system, job {e.Job}",
        WipedBytesKept e => $"what is wiped was kept in {e.File}: {e.Pieces} pieces, {e.Bytes} bytes",
        WriteDone e => $"wrote {e.WrittenBytes / 1048576} MiB to the disk with {e.Disk}, read back and equal",
        WrittenImageLost e => $"the disk no longer holds what was written: {e.Difference}",
        RebootAsking => "asking the rescue system to reboot",
        MaintenanceProven => "Talos came up from the written disk",
        ConfigSending e => $"sending the machine config {Short(e.ConfigSha256)}",
        ConfigAccepted => "machine config accepted",
        BootstrapAsking => "asking for the bootstrap",
        BootstrapDone e => $"bootstrap {e.Outcome}",
        NodeHealthy => "node healthy",
        // Of a newer version: better its bare name than nothing.
        _ => JsonNamingPolicy.KebabCaseLower.ConvertName(entry.GetType().Name),
    };

    private static string Said(AttemptStarted e)
    {
        string[] options =
        [
            .. (e.AllowDataLoss ?? []).Select(s => $"--allow-data-loss {s}"), .. (e.Neutralise ?? []).Select(s => $"--neutralise {s}"),
            .. e.Plan is { } plan ? [$"--plan {Short(plan)}"] : Array.Empty<string>(),
        ];
        return options.Length == 0 ? "" : $" with {string.Join(' ', options)}";
    }

    private static string Short(string hash) => hash[..Math.Min(12, hash.Length)];
}

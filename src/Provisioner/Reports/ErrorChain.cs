namespace Kronform.Provision.Reports;

/// <summary>One way to say an exception and its causes: each message once, outermost first.</summary>
public static class ErrorChain
{
    public static IReadOnlyList<string> Causes(Exception exception)
    {
        var messages = new List<string>();
        for (var e = exception.InnerException; e is not null; e = e.InnerException)
        {
            if (messages.Count == 0 || messages[^1] != e.Message) messages.Add(e.Message);
        }

        return messages;
    }
}

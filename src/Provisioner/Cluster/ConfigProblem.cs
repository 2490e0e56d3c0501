using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>One thing wrong in a file an operator wrote: where it is, what it is, and what to write instead.</summary>
/// <param name="File">Path as the operator gave it.</param>
/// <param name="Line">Counts from 1.</param>
/// <param name="Column">Counts from 1; the key's, or the enclosing key's when something is missing.</param>
/// <param name="Field">Dotted path; empty when the file as a whole is meant.</param>
/// <param name="Message">Never holds the value of a secret.</param>
/// <param name="Remedy">What to do, as an imperative without a full stop.</param>
public sealed record ConfigProblem(string File, int Line, int Column, string Field, string Message, string Remedy)
{
    /// <summary>The code of a run that fails with problems of this kind only.</summary>
    public FailureCode Code { get; init; } = FailureCode.ConfigInvalid;

    public override string ToString() =>
        $"{File}:{Line}:{Column}{(Field.Length == 0 ? "" : " " + Field)}: {Message}{(Remedy.Length == 0 ? "" : "; " + Remedy)}";
}

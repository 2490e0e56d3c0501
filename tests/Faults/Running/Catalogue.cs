using Kronform.Provision.Faults.Scenarios;

namespace Kronform.Provision.Faults.Running;

/// <summary>Every scenario of the kit: those of the files, and the deaths of the kill matrix.</summary>
internal static class Catalogue
{
    /// <summary>Random instants among all; <c>kill-matrix</c> plays more.</summary>
    private const int Instants = 12;

    /// <exception cref="Cluster.ConfigProblemsException">The files have faults.</exception>
    public static IReadOnlyList<Scenario> All() => [.. ScenarioFile.LoadAll(), .. KillMatrix.AtEntries(KillMatrix.MostEntries), .. KillMatrix.AtInstants(Instants, seed: 1)];
}

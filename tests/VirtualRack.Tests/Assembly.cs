

// Every test here may run machines; two at once on two cores would time each other out.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

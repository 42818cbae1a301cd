"""Small statistics, one subject a module: numbers in, estimates out; no study, no frame, no query.

Every function takes sufficient statistics (counts, means, variances) where they suffice, so that the
engine aggregates and nothing pulls rows. `shares`, `means`, `ratios`, `quantiles`, `scores` estimate;
`multiplicity`, `ranks`, `srm` test; `power` plans; `sequential` and `bayes` look early; `survival` waits.
A comparison is always *first minus second*: the variant first, the control second.
"""

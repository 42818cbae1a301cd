"""Statistics of surveys: designs with weights, strata and clusters; raking; column tests; drivers.

    design      estimates whose errors follow from how respondents were drawn (Taylor linearisation)
    weighting   Kish's effective n; raking to known margins
    columns     which columns of a banner differ, and the letters that say so
    crosstabs   whether two questions go together under a design (Rao & Scott)
    drivers     which answers an outcome goes together with (Shapley, Johnson)
"""

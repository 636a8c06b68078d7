"""Arrays in, frozen results out: the statistics that the verdicts rest on.

It knows arrays only, nothing of sweeps, stores or screens.  Import the module that is needed;
this package imports none by itself, so that a light one stays light.

================  ==============================================================
`results`         `Interval` and `Difference`, what most functions return
`intervals`       one sample: mean, SD, prediction, Wilson, BCa
`means`           paired t, Welch, corrected resampled t, equivalence, 5x2cv
`unpaired`        unequally many runs: Welch's t joined with shuffling
`crossed`         seeds and examples both random: the interval for new data
`components`      the split of the spread, two-way variance components
`resampling`      the crossed bootstrap
`metric_bootstrap`the crossed bootstrap of any metric of the confusion matrix
`resampled`       redrawn splits: corrected interval of a mean, corrected Welch t
`permutation`     sign-flip and two-sample permutation, smallest attainable p
`ranks`           Wilcoxon, Mann-Whitney, superiority, effect sizes
`skewness`        do scores lean to one side?
`spread`          is one side steadier?
`paired_spread`   how much wider one side spreads, runs paired by seed
`factorial`       two sources crossed: main effects and their interaction
`order`           do scores rise with the number of the run?
`ties`            how probable it is that runs come out alike
`tables`          failures, McNemar, Cochran, Friedman
`bayes`           posterior probabilities with a region of practical equivalence
`dominance`       almost stochastic order
`multiplicity`    Holm and the others, simultaneous intervals
`power`           power of t tests, the smallest effect they find
`planned`         seeds and examples that a pilot promises to suffice
`classes`         per class from confusion matrices, costs
`churn`           which examples change between runs
`luck`            how lucky a single score is
`tails`           chances beyond the runs: by rank, normal, exponential
`claims`          a published result beside runs of one's own
`aggregates`      runs x tasks: interquartile mean, probability of improvement
`simulation`      draws from known truths, for checking all of the above
================  ==============================================================

Common rules.  Baseline first; a difference is candidate minus baseline; tests are two-sided.
What is undefined is NaN with a reason.  A p-value is never 0.  Non-finite input is refused.
Randomness is a ``numpy.random.Generator`` handed in.
"""

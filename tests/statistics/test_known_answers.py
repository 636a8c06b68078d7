"""Numbers of other programs and of papers, with where each comes from."""

import math

import numpy as np
import pytest

from variance.statistics import (
    aggregates,
    bayes,
    classes,
    components,
    intervals,
    means,
    multiplicity,
    permutation,
    power,
    ranks,
    resampling,
    tables,
)

# G1. statsmodels stats/tests/test_tost.py; the numbers are those of R's equivalence::tost.
# fmt: off
CLINIC_X1 = [
    2.84, 2.51, 2.41, 2.95, 3.14, 3.79, 4.14, 3.85,
    3.02, 3.45, 5.37, 3.81, 4.19, 3.16, 3.84,
]
CLINIC_Y1 = [
    2.6, 2.82, 2.18, 3.46, 4.01, 3.04, 3.47, 4.06,
    2.91, 3.59, 4.51, 3.16, 3.86, 3.31, 3.02,
]
CLINIC_X2 = [
    4.0, 3.26, 4.14, 3.42, 3.25, 4.34, 4.97, 4.31,
    3.11, 3.41, 5.02, 4.21, 4.59, 5.3, 4.32,
]
CLINIC_Y2 = [
    3.76, 3.66, 3.65, 3.6, 3.48, 2.87, 3.24, 3.92,
    3.99, 4.21, 4.21, 3.31, 3.61, 2.97, 2.73,
]
# fmt: on


def close(value, expected, tolerance):
    np.testing.assert_allclose(value, expected, rtol=0, atol=tolerance)


class TestBayesianCorrelatedT:
    # A1. baycomp docs/functions.rst with docs/code/accuracies.txt, data set sonar, one
    # ten-fold cross-validation.
    NBC = (94.203, 92.754, 95.652, 91.176, 92.647, 91.176, 92.647, 92.647, 86.765, 91.176)
    J48 = (92.754, 92.754, 89.855, 89.706, 95.588, 89.706, 95.588, 94.118, 91.176, 92.647)

    def test_sonar_without_rope(self):
        found = bayes.correlated_t(self.NBC, self.J48, test_share=1 / 9)
        close((found.worse, found.better), (0.4145119975061462, 0.5854880024938538), 1e-9)

    def test_sonar_with_rope(self):
        found = bayes.correlated_t(self.NBC, self.J48, rope=0.5, test_share=1 / 9)
        expected = (0.28584464173791, 0.2691518716880249, 0.4450034865740651)
        close((found.worse, found.same, found.better), expected, 1e-9)

    # A2. baycomp tests/test_single.py::test_compute_statistics.
    @pytest.mark.parametrize(
        ("x", "y", "folds", "expected"),
        [
            ([4, 2, 6], [5, 7, 3], 3, (1, 40 / 3, 2)),
            ([4, 2, 6, 4], [5, 7, 3, 5], 2, (1, 40 / 3, 3)),
            ([1] * 10, [0] * 10, 10, (-1, 0, 9)),
        ],
    )
    def test_corrected_statistics(self, x, y, folds, expected):
        found = bayes.correlated_t(x, y, test_share=1 / (folds - 1))
        close((found.mean, found.variance, found.df), expected, 1e-12)

    # A3. baycomp tests/test_single.py::test_probs_var_0.
    @pytest.mark.parametrize(
        ("mean", "expected"),
        [
            (42, (0, 0, 1)),
            (2, (0, 1, 0)),
            (0.5, (0, 1, 0)),
            (0, (0, 1, 0)),
            (-0.5, (0, 1, 0)),
            (-2, (0, 1, 0)),
            (-42, (1, 0, 0)),
        ],
    )
    def test_point_posterior_with_rope(self, mean, expected):
        found = bayes.correlated_t([0, 0, 0], [mean] * 3, rope=2)
        assert (found.worse, found.same, found.better) == expected

    @pytest.mark.parametrize(("mean", "expected"), [(42, (0, 1)), (0, (0.5, 0.5)), (-42, (1, 0))])
    def test_point_posterior_without_rope(self, mean, expected):
        found = bayes.correlated_t([0, 0, 0], [mean] * 3)
        assert (found.worse, found.better) == expected


class TestTwoSamplePermutation:
    # B1. mlxtend/evaluate/tests/test_permutation.py; exact fractions of all 12870 splits.
    X = (689, 656, 668, 660, 679, 663, 664, 647)
    Y = (657, 623, 652, 654, 658, 660, 670, 620)

    @pytest.mark.parametrize(
        ("alternative", "expected"),
        [
            ("greater", 0.03006993006993007),
            ("less", 0.9725718725718726),
            ("two-sided", 0.06013986013986014),
        ],
    )
    def test_all_splits(self, alternative, expected):
        found = permutation.two_sample_permutation(
            self.Y, self.X, rng=np.random.default_rng(0), alternative=alternative
        )
        close(found.p_value, expected, 1e-9)


class TestMcNemar:
    # C1. statsmodels stats/tests/test_nonparametric.py::test_mcnemar_exact; the last by
    # enumeration: its two tails hold 2 (12 + 1) / 2^12 (a notebook of mlxtend leaves out the
    # outermost outcome, 12 of 12, and prints 24/4096).
    @pytest.mark.parametrize(
        ("table", "p"),
        [
            ([[101, 121], [59, 33]], 4.4344492637551645e-06),
            ([[101, 70], [59, 33]], 0.3786876626931185),
            ([[101, 80], [59, 33]], 0.08945231499446925),
            ([[101, 30], [60, 33]], 0.0020602656809630745),
            ([[101, 10], [30, 33]], 0.0022214337732293643),
            ([[101, 10], [10, 33]], 1),
            ([[9959, 11], [1, 29]], 26 / 4096),
        ],
    )
    def test_exact(self, table, p):
        close(tables.mcnemar(table).p_value, p, 1e-10)

    # C3. mlxtend test_mcnemar_table.py.
    @pytest.mark.parametrize(
        ("y", "first", "second"),
        [
            ("0000011111", "0100011000", "0011011000"),
            ("0000021111", "0500021000", "0013021000"),
        ],
    )
    def test_table(self, y, first, second):
        y, first, second = (np.array(list(text), dtype=int) for text in (y, first, second))
        assert tables.mcnemar_table(y, first, second).tolist() == [[4, 2], [1, 3]]


class TestCochran:
    # D1. mlxtend test_cochran_q.py::test_on_dataset; all labels are 0, so 1 is a mistake.
    def models(self):
        wrong = np.zeros((3, 100), dtype=int)
        wrong[0, :16] = 1
        wrong[1, [0, 1, 2, 3, 4, 5, 20, 21]] = 1
        wrong[2, [0, 1, 2, 6, 20, 21, 98, 99]] = 1
        return 1 - wrong

    def test_three_models(self):
        found = tables.cochran_q(self.models())
        close((found.statistic, found.p_value), (7.529411764705882, 0.023174427241061245), 1e-9)

    def test_two_models_are_mcnemar_without_correction(self):
        found = tables.cochran_q(self.models()[:2])
        close((found.statistic, found.p_value), (5.333333333333333, 0.020921335337794035), 1e-9)


class TestFriedman:
    # E1. scipy stats/tests/test_stats.py::TestFriedmanChiSquare; x1 is Demšar (2006), table 6.
    # fmt: off
    X1 = (
        (
            0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661,
            0.583, 0.775, 1.0, 0.94, 0.619, 0.972, 0.957,
        ),
        (
            0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668,
            0.583, 0.838, 1.0, 0.962, 0.666, 0.981, 0.978,
        ),
        (
            0.771, 0.59, 0.968, 0.654, 0.886, 0.916, 0.609,
            0.563, 0.866, 1.0, 0.965, 0.614, 0.9751, 0.946,
        ),
        (
            0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685,
            0.625, 0.875, 1.0, 0.962, 0.669, 0.975, 0.97,
        ),
    )
    # fmt: on
    X2 = (
        (4, 3, 5, 3, 5, 3, 2, 5, 4, 4, 4, 3),
        (2, 2, 1, 2, 3, 1, 2, 3, 2, 1, 1, 3),
        (2, 4, 3, 3, 4, 3, 3, 4, 4, 1, 2, 1),
        (3, 5, 4, 3, 4, 4, 3, 3, 3, 4, 4, 4),
    )
    X3 = (
        (7.0, 9.9, 8.5, 5.1, 10.3),
        (5.3, 5.7, 4.7, 3.5, 7.7),
        (4.9, 7.6, 5.5, 2.8, 8.4),
        (8.8, 8.9, 8.1, 3.3, 9.1),
    )

    @pytest.mark.parametrize(
        ("scores", "chi2", "p"),
        [
            (X1, 10.2283464566929, 0.0167215803284414),
            (X2, 18.9428571428571, 0.000280938375189499),
            (X3, 10.68, 0.0135882729582176),
        ],
    )
    def test_chi2(self, scores, chi2, p):
        found = tables.friedman(scores)
        close((found.chi2, found.p_value), (chi2, p), 1e-6)

    def test_demsar(self):
        found = tables.friedman(self.X1)
        close(
            found.mean_ranks, (3.142857142857143, 2.0, 2.892857142857143, 1.9642857142857142), 1e-6
        )
        close(found.chi2_uncorrected, 9.278571428571437, 1e-6)
        close(found.iman_davenport, 3.686313032089068, 1e-6)
        close(found.critical_difference, 1.2535591471176057, 1e-6)


class TestWilcoxon:
    # F1. scipy stats/tests/test_morestats.py::test_exact_pval, from R 4.0.3.
    X = (1.81, 0.82, 1.56, -0.48, 0.81, 1.28, -1.04, 0.23, -0.75, 0.14)
    Y = (0.71, 0.65, -0.2, 0.85, -1.1, -0.45, -0.84, -0.24, -0.68, -0.76)

    @pytest.mark.parametrize(
        ("alternative", "p"),
        [("two-sided", 0.10546875), ("less", 0.95800781256), ("greater", 0.052734375)],
    )
    def test_exact(self, alternative, p):
        close(ranks.wilcoxon(self.Y, self.X, alternative=alternative).p_value, p, 1e-8)


class TestEquivalence:
    # G1.
    def test_paired(self):
        found = means.equivalence(means.paired_t(CLINIC_Y1, CLINIC_X1), 0.6)
        close(found.p_value, 0.003166881489265175, 1e-9)
        close((found.low, found.high), (-0.0744336620516462, 0.4037669953849797), 1e-9)
        assert found.equivalent

    def test_paired_not_equivalent(self):
        found = means.equivalence(means.paired_t(CLINIC_Y2, CLINIC_X2), 0.6)
        close(found.p_value, 0.4412034046017588, 1e-9)
        close((found.low, found.high), (0.1261653305099018, 0.999168002823431), 1e-9)
        assert not found.equivalent

    def test_welch(self):
        first = means.welch_t(CLINIC_Y1, CLINIC_X1)
        close(first.df, 26.7484787582315, 1e-9)
        close(means.equivalence(first, 0.6).p_value, 0.04853083976236974, 1e-9)
        second = means.equivalence(means.welch_t(CLINIC_Y2, CLINIC_X2), 0.6)
        close(second.p_value, 0.4317936812594803, 1e-9)

    def test_pooled(self):
        found = means.equivalence(means.pooled_t(CLINIC_Y1, CLINIC_X1), 0.6)
        close(found.p_value, 0.04827315100761467, 1e-9)

    def test_paired_t_itself(self):
        found = means.paired_t(CLINIC_Y1, CLINIC_X1)
        close((found.statistic, found.p_value), (1.213001548676048, 0.245199929713149), 1e-9)
        close((found.low, found.high), (-0.1264911434745851, 0.4558244768079186), 1e-9)


class TestMultiplicity:
    # H1. pingouin tests/test_multicomp.py, from R's p.adjust.
    P = (0.52, 0.12, 0.0001, 0.03, 0.14)
    WITH_NAN = (0.52, math.nan, 0.1, 0.3, 0.14)

    @pytest.mark.parametrize(
        ("adjust", "expected"),
        [
            (multiplicity.bonferroni, (1, 0.6, 0.0005, 0.15, 0.7)),
            (multiplicity.holm, (0.52, 0.36, 0.0005, 0.12, 0.36)),
            (
                multiplicity.sidak,
                (0.974519603, 0.472268083, 0.00049990001, 0.141265974, 0.529572982),
            ),
            (multiplicity.benjamini_hochberg, (0.52, 0.175, 0.0005, 0.075, 0.175)),
            (multiplicity.benjamini_yekutieli, (1, 0.399583333, 0.001141667, 0.17125, 0.399583333)),
        ],
    )
    def test_adjusted(self, adjust, expected):
        close(adjust(self.P), expected, 1e-6)

    @pytest.mark.parametrize(
        ("adjust", "expected"),
        [
            (multiplicity.benjamini_hochberg, (0.52, math.nan, 0.28, 0.4, 0.28)),
            (multiplicity.holm, (0.6, math.nan, 0.4, 0.6, 0.42)),
            (multiplicity.bonferroni, (1, math.nan, 0.4, 1, 0.56)),
        ],
    )
    def test_nan_is_ignored_and_kept(self, adjust, expected):
        close(adjust(self.WITH_NAN), expected, 1e-6)

    # H2. An order that a wrong inverse permutation gets wrong (deep-significance did).
    @pytest.mark.parametrize(
        ("adjust", "expected"),
        [
            (multiplicity.holm, (0.06, 0.5, 0.03)),
            (multiplicity.bonferroni, (0.09, 1, 0.03)),
            (multiplicity.benjamini_hochberg, (0.045, 0.5, 0.03)),
        ],
    )
    def test_order_is_kept(self, adjust, expected):
        close(adjust((0.03, 0.5, 0.01)), expected, 1e-12)


class TestPower:
    # I1. pingouin tests/test_power.py (R pwr) and statsmodels test_power.py.
    @pytest.mark.parametrize(
        ("arguments", "options", "expected"),
        [
            ((0.5, 20), {"one_sided": True}, 0.6951493),
            ((0.5, 20), {}, 0.5645044),
            ((0.5, 20), {"design": "two-sample"}, 0.337939),
            ((1, 30), {}, 0.9995636009612725),
            ((1, 30), {"one_sided": True}, 0.999892010204909),
            ((0.2, 20), {}, 0.1359562887679666),
            ((1, 30), {"design": "two-sample"}, 0.967708258242517),
            ((1, 30), {"design": "two-sample", "one_sided": True}, 0.985459690251624),
        ],
    )
    def test_power(self, arguments, options, expected):
        close(power.t_power(*arguments, **options), expected, 1e-4)

    @pytest.mark.parametrize(
        ("options", "expected"),
        [
            ({"one_sided": True}, 26.13753),
            ({}, 33.36713),
            ({"design": "two-sample"}, 63.76561),
            ({"design": "two-sample", "one_sided": True}, 50.1508),
        ],
    )
    def test_runs_needed(self, options, expected):
        close(power.runs_needed(0.5, **options), expected, 1e-4)

    def test_detectable_effect(self):
        close(power.detectable_effect(20), 0.6604413, 1e-4)


class TestBootstrapOfTheMean:
    # J1. scipy stats/tests/test_resampling.py::test_bootstrap_against_R (R boot); relative.
    X = (10, 12, 12.5, 12.5, 13.9, 15, 21, 22, 23, 34, 50, 81, 89, 121, 134, 213)

    @pytest.mark.parametrize(
        ("method", "expected"),
        [("basic", (23.77, 79.12)), ("percentile", (28.86, 84.21)), ("BCa", (32.31, 91.43))],
    )
    def test_against_r(self, method, expected):
        rng = np.random.default_rng(0)
        found = intervals.bca(self.X, resamples=100_000, rng=rng, method=method)
        np.testing.assert_allclose((found.low, found.high), expected, rtol=0.02)


class TestAggregates:
    # K1. rliable tests/rliable/metrics_test.py.
    X = ((1, 2), (2, 2), (1, 1), (2, 1))
    Y = ((1, 1), (2, 2), (3, 3))

    @pytest.mark.parametrize(("scores", "expected"), [(X, 1.5), (Y, 2)])
    def test_mean_median_iqm(self, scores, expected):
        found = aggregates.aggregate(scores)
        close((found.mean, found.median, found.iqm), expected, 1e-12)

    def test_probability_of_improvement(self):
        close(aggregates.probability_of_improvement(self.Y, self.X), 1 / 3, 1e-12)


class TestEffectSizes:
    # M1. pingouin tests/test_effsize.py (R effsize) and test_nonparametric.py (JASP).
    def test_standardised(self):
        found = ranks.effect_sizes([2.4, 3.2, 3.2, 1.4, 2.8, 3.5], [3.2, 6.4, 1.8, 2.4, 5.8, 6.5])
        close((found.cohen_d, found.hedges_g), (1.002549, 0.9254296), 1e-3)

    def test_ranks(self):
        x = [20, 22, 19, 20, 22, 18, 24, 20, 19, 24, 26, 13]
        y = [38, 37, 33, 29, 14, 12, 20, 22, 17, 25, 26, 16]
        found = ranks.effect_sizes(y, x, paired=True)
        close(found.superiority, 0.3958333, 1e-3)
        close(found.cliff_delta, -0.20833333, 1e-3)
        close(found.rank_biserial, -0.379, 1e-3)
        assert ranks.wilcoxon(y, x).statistic == 20.5


class TestPerClass:
    # N1. confidenceinterval's README (classification_report_with_ci), recomputed.
    TRUE = (0, 1, 2, 2, 2, 1, 1, 1, 0, 2, 2, 1, 0, 2, 2, 1, 2, 2, 1, 1)
    PREDICTED = (0, 1, 0, 0, 2, 1, 1, 1, 0, 2, 2, 1, 0, 1, 2, 1, 2, 2, 1, 1)

    def confusion(self):
        return classes.confusion(self.TRUE, [self.PREDICTED], 3)

    def test_scores(self):
        found = classes.class_scores(self.confusion())
        close(found.precision[0], (0.6, 0.8888888888888888, 1), 1e-4)
        close(found.recall[0], (1, 1, 0.6666666666666666), 1e-4)
        close(found.f1[0], (0.75, 0.9411764705882353, 0.8), 1e-4)

    @pytest.mark.parametrize(
        ("successes", "trials", "expected"),
        [
            (3, 5, (0.230724, 0.882379)),
            (8, 9, (0.565, 0.980109)),
            (6, 6, (0.609666, 1)),
            (3, 3, (0.438503, 1)),
            (8, 8, (0.675592, 1)),
            (6, 9, (0.354202, 0.879416)),
        ],
    )
    def test_wilson(self, successes, trials, expected):
        found = intervals.wilson(successes, trials)
        close((found.low, found.high), expected, 1e-4)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("accuracy", 0.85),
            ("macro_precision", 0.82963),
            ("macro_recall", 0.888889),
            ("macro_f1", 0.830392),
        ],
    )
    def test_averages(self, name, expected):
        close(classes.metric(self.confusion(), name), expected, 1e-4)

    def test_delta_method(self):
        found = classes.class_scores(self.confusion())
        error = classes.macro_standard_error(found.precision[0], found.predicted[0])
        close(error, 0.0809485, 1e-4)


class TestFiveByTwo:
    # O1. Formulas of mlxtend/evaluate/ttest.py and f_test.py.
    D = ((0.02, 0.01), (0.03, -0.01), (0.0, 0.02), (0.015, 0.025), (-0.005, 0.03))

    def test_dietterich(self):
        found = means.dietterich_t(self.D)
        close((found.statistic, found.p_value), (1.0806864539165983, 0.32918314199416865), 1e-10)

    def test_alpaydin(self):
        found = means.alpaydin_f(self.D)
        close((found.statistic, found.p_value), (1.072992700729927, 0.5000209823389682), 1e-10)


class TestMultibootstrap:
    # P1. The algorithm of google-research/language, language/multiberts/multibootstrap.py;
    # its SD has a closed form, its percentile interval was found by simulation.
    BASE = (
        "101110110111011110111110110011010111001010001101001110111101",
        "101111100111111111101110111001011101101011000000011100011110",
        "101110011001010110111101011101110110001011101101101110011001",
        "110010111011011110101000111101101110001000001001011110101110",
        "111101011111111110101100111101101101001011001001111110111100",
    )
    EXPERIMENT = (
        "110101011111011111111110111011111111101011100111011110011111",
        "101111011111011110101100111001001111001000001110011111111101",
        "000110110011011111111011111011100111011001011011111111111010",
        "111010110011111111101111110001100111011001101111001101110011",
        "100111001111011111111111111111111111111000101111011110110111",
    )

    def arrays(self):
        return tuple(
            np.array([list(row) for row in side], dtype=int) == 1
            for side in (self.BASE, self.EXPERIMENT)
        )

    @pytest.mark.parametrize(
        ("paired", "sd", "interval"),
        [
            (True, 0.05015679120222608, (-0.006666666666666599, 0.19666666666666677)),
            (False, 0.055764053203023446, (-0.016666666666666496, 0.20333333333333348)),
        ],
    )
    def test_closed_form(self, paired, sd, interval):
        base, experiment = self.arrays()
        found = resampling.crossed_bootstrap(
            base, experiment, paired=paired, rng=np.random.default_rng(0), resamples=19_999
        )
        close(found.estimate, 0.09333333333333334, 1e-12)
        np.testing.assert_allclose(found.standard_error, sd, rtol=0.02)
        close((found.low, found.high), interval, 0.01)


class TestNoiseFloor:
    # S1. Jordan, arXiv 2304.01910.
    CORRECT = ((1, 1, 0, 1), (1, 0, 0, 1), (1, 1, 1, 1), (1, 0, 0, 1))

    def test_split(self):
        found = components.split_spread(self.CORRECT)
        close(found.total, 0.057291666666666664, 1e-12)
        close(found.noise, 0.03645833333333333, 1e-12)
        close(found.excess, 0.020833333333333336, 1e-12)

    def test_calibrated_classifier(self):
        close(components.expected_sd(0.06, 10_000), 0.0017320508075688774, 1e-12)

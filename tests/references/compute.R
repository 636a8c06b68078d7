# Computes r.json: what R makes of inputs.json.  Needs lme4, lmerTest, exactRankTests, coin,
# jsonlite (Debian: r-cran-lme4 r-cran-lmertest r-cran-exactranktests r-cran-coin r-cran-jsonlite).
#
#     Rscript tests/references/compute.R tests/references

suppressPackageStartupMessages({
  library(jsonlite); library(lmerTest); library(exactRankTests); library(coin)
})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- fromJSON(file.path(folder, "inputs.json"))
results <- list()
keep <- function(name, call, values) {
  results[[name]] <<- list(call = call, values = as.list(values))
}

x <- d$unpaired$x; y <- d$unpaired$y; m <- d$margin
a <- d$paired$x; b <- d$paired$y

w <- t.test(y, x)
keep("welch", "t.test(y, x)",
     c(p = w$p.value, df = unname(w$parameter), low = w$conf.int[1], high = w$conf.int[2]))
w <- t.test(b, a, paired = TRUE, conf.level = 0.9)
keep("paired_t", "t.test(b, a, paired = TRUE, conf.level = 0.9)",
     c(p = w$p.value, df = unname(w$parameter), low = w$conf.int[1], high = w$conf.int[2]))
one_sided <- function(...) max(
  t.test(..., mu = -m, alternative = "greater")$p.value,
  t.test(..., mu = m, alternative = "less")$p.value)
keep("tost_welch", "the larger of two one-sided t.test(y, x, mu = -+ margin)", c(p = one_sided(y, x)))
keep("tost_paired", "the same, paired", c(p = one_sided(b, a, paired = TRUE)))

tx <- d$tied$x; ty <- d$tied$y
w <- wilcox.exact(ty, tx, paired = TRUE)
keep("wilcoxon_tied", "exactRankTests::wilcox.exact(y, x, paired = TRUE)", c(p = w$p.value))
w <- wilcox.exact(d$fewer_tied$y, d$fewer_tied$x, paired = TRUE)
keep("wilcoxon_fewer", "the same of the first 13 pairs", c(p = w$p.value))
w <- perm.test(ty, tx, paired = TRUE, exact = TRUE)
keep("sign_flip", "exactRankTests::perm.test(y, x, paired = TRUE, exact = TRUE)", c(p = w$p.value))
fx <- d$few$x; fy <- d$few$y
w <- wilcox.exact(fy, fx)
keep("mann_whitney", "exactRankTests::wilcox.exact(y, x)", c(p = w$p.value))
sides <- function(x, y) {
  data.frame(score = c(x, y), side = factor(rep(c("x", "y"), c(length(x), length(y)))))
}
shuffled <- function(alternative) as.numeric(pvalue(oneway_test(
  score ~ side, sides(fx, fy), distribution = "exact", alternative = alternative)))
keep("permutation", "coin::oneway_test(score ~ side, distribution = \"exact\", alternative)",
     c(x_greater = shuffled("greater"), y_greater = shuffled("less")))

both <- sides(x, y)
z <- abs(both$score - ave(both$score, both$side, FUN = median))
f <- anova(lm(z ~ side, both))
keep("brown_forsythe", "anova(lm(abs(score - median of the side) ~ side))",
     c(f = f[1, "F value"], p = f[1, "Pr(>F)"]))

D <- d$crossed$difference
long <- data.frame(d = as.vector(D), seed = factor(as.vector(row(D))),
                   example = factor(as.vector(col(D))))
fit <- lmer(d ~ 1 + (1 | seed) + (1 | example), long, REML = TRUE,
            control = lmerControl(optCtrl = list(ftol_abs = 1e-14, xtol_abs = 1e-14)))
s <- coef(summary(fit, ddf = "Satterthwaite"))
v <- as.data.frame(VarCorr(fit))
keep("crossed", "lmerTest::lmer(d ~ 1 + (1 | seed) + (1 | example)), Satterthwaite",
     c(estimate = s[1, "Estimate"], error = s[1, "Std. Error"], df = s[1, "df"],
       p = s[1, "Pr(>|t|)"], seed = v$vcov[v$grp == "seed"],
       example = v$vcov[v$grp == "example"], rest = v$vcov[v$grp == "Residual"]))

for (method in c("holm", "BH", "BY", "bonferroni")) {
  keep(method, sprintf("p.adjust(p, \"%s\")", method), list(p = p.adjust(d$p_values, method)))
}
for (i in seq_len(nrow(d$power))) {
  e <- d$power$effect[i]; n <- d$power$n[i]
  keep(sprintf("power_%d", i - 1), "power.t.test(n, effect, strict = TRUE)",
       c(paired = power.t.test(n, e, type = "paired", strict = TRUE)$power,
         two_sample = power.t.test(n, e, type = "two.sample", strict = TRUE)$power))
}
for (i in seq_len(dim(d$failures)[1])) {
  t <- d$failures[i, , ]
  w <- fisher.test(matrix(c(t[1, 1], t[1, 2] - t[1, 1], t[2, 1], t[2, 2] - t[2, 1]), 2))
  keep(sprintf("fisher_%d", i - 1), "fisher.test(table)", c(p = w$p.value))
}
w <- predict(lm(x ~ 1), data.frame(row.names = 1), interval = "prediction")
keep("prediction", "predict(lm(x ~ 1), interval = \"prediction\")",
     c(low = w[1, "lwr"], high = w[1, "upr"]))

programs <- c(R = R.version.string)
for (p in c("lme4", "lmerTest", "exactRankTests", "coin")) programs[p] <- as.character(packageVersion(p))
text <- toJSON(list(programs = as.list(programs), results = results), auto_unbox = TRUE,
               digits = NA, pretty = TRUE)
writeLines(text, file.path(folder, "r.json"))

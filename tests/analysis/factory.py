"""Synthetic sweeps with known truths."""

from dataclasses import replace

import numpy as np

from variance.records import Failure, Runs


def scored(values, *, name="baseline", metric="accuracy", seeds=None, failures=0, **fields):
    """Return runs of which only scores are known."""
    values = np.asarray(values, dtype=np.float64)
    seeds = np.arange(len(values)) if seeds is None else np.asarray(seeds)
    return Runs(
        name=name,
        kind="scores",
        seeds=seeds.astype(np.int64),
        scores={metric: values},
        metric=metric,
        higher_is_better=fields.pop("higher_is_better", {"accuracy": True, "loss": False}),
        failures=tuple(Failure(1000 + i, "raised", "boom") for i in range(failures)),
        **fields,
    )


def normal(n, *, mean=0.99, sd=0.001, key=0, **fields):
    """Return runs with normal scores."""
    return scored(np.random.default_rng(key).normal(mean, sd, n), **fields)


def classified(labels, predictions, *, name="baseline", classes=None, seeds=None, **fields):
    """Return runs with predictions of classes."""
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    if classes is None:
        classes = tuple(str(k) for k in range(1 + int(max(labels.max(), predictions.max()))))
    seeds = np.arange(len(predictions)) if seeds is None else np.asarray(seeds)
    accuracy = (predictions == labels).mean(axis=1) if len(predictions) else np.empty(0)
    return Runs(
        name=name,
        kind="classification",
        seeds=seeds.astype(np.int64),
        scores={"accuracy": accuracy},
        metric="accuracy",
        higher_is_better={"accuracy": True},
        classes=tuple(classes),
        labels=labels.astype(np.uint8),
        predictions=predictions.astype(np.uint8),
        **fields,
    )


def digits(runs=10, examples=1000, *, error=0.05, key=0, truth=7, classes=10, **fields):
    """Return runs that err on hard examples more often than on easy ones.

    `truth` fixes labels and how hard each example is; `key` the luck of the runs.
    """
    world = np.random.default_rng(truth)
    labels = np.arange(examples) % classes
    hard = np.minimum(world.gamma(0.3, 1 / 0.3, examples) * error, 0.9)
    luck = np.random.default_rng(key)
    wrong = luck.random((runs, examples)) < hard
    shift = luck.integers(1, classes, (runs, examples))
    return classified(
        labels,
        np.where(wrong, (labels + shift) % classes, labels),
        classes=[str(k) for k in range(classes)],
        **fields,
    )


def fitted(runs=10, examples=200, *, noise=1.0, key=0, truth=7, **fields):
    """Return runs of a regression on one fixed test set."""
    targets = np.random.default_rng(truth).normal(0, 2, examples)
    luck = np.random.default_rng(key)
    shared = np.random.default_rng(truth + 1).normal(0, noise, examples)
    predictions = targets + shared + luck.normal(0, 0.3, (runs, examples))
    return regressed(targets, predictions, **fields)


def regressed(targets, predictions, *, name="baseline", seeds=None, metric="mse", **fields):
    """Return runs with predicted values."""
    squares = (predictions - targets) ** 2
    mse = squares.mean(axis=1)
    total = np.broadcast_to(targets, predictions.shape).var(axis=1)
    scores = {
        "r2": 1 - mse / total,
        "mse": mse,
        "rmse": np.sqrt(mse),
        "mae": np.abs(predictions - targets).mean(axis=1),
    }
    seeds = np.arange(len(predictions)) if seeds is None else np.asarray(seeds)
    return Runs(
        name=name,
        kind="regression",
        seeds=seeds.astype(np.int64),
        scores=scores,
        metric=metric,
        higher_is_better={"r2": True, "mse": False, "rmse": False, "mae": False},
        labels=np.asarray(targets, dtype=np.float64),
        predictions=np.asarray(predictions, dtype=np.float64),
        **fields,
    )


def resplit(runs=20, *, pool=442, test=146, noise=1.0, key=0, truth=7, **fields):
    """Return runs of a regression whose seed redraws the split of one pool of examples."""
    world = np.random.default_rng(truth)
    targets, shared = world.normal(0, 2, pool), world.normal(0, 1, pool)
    luck = np.random.default_rng(key)
    chosen = [np.random.default_rng(1000 + s).permutation(pool)[:test] for s in range(runs)]
    ids = np.stack(chosen)
    errors = noise * shared[ids] + luck.normal(0, 0.3, ids.shape)
    return replace(
        regressed(targets[ids], targets[ids] + errors, metric="r2", **fields),
        redrawn=True,
        train_size=pool - test,
        examples=ids,
    )

"""Trials of settings -> the table of what they did, and the command that fits the best."""

from collections.abc import Sequence

from knn_digits.classifiers.options import KnnOptions
from knn_digits.classifiers.tune import KS, VOTES, Trial
from knn_digits.evaluation import wilson_interval
from knn_digits.features import Feature, describe_feature
from knn_digits.reports.shell import shell_word

_COLUMNS = "errors   error  dimensions  refined   k  weights           features"


def trials_text(trials: Sequence[Trial], *, every: bool = False) -> str:
    """Return trials, best first, as text for a terminal.

    Parameters
    ----------
    trials : sequence of Trial
        Sorted as `tune` does.
    every : bool
        Give each trial a row. Otherwise only the best k and weights with each feature, number of dimensions
        and refinement have one, and a second table shows the other k and weights beside the best of all.
    """
    head = f"{len(trials)} settings on {trials[0].digits} held-out training digits"
    if every:
        return "\n".join([f"{head}:", _COLUMNS, *map(_row, trials)])
    first: dict[tuple[object, ...], Trial] = {}
    for trial in trials:
        first.setdefault(_search(trial), trial)
    rows = [f"{head}, with the k and weights that do best:", _COLUMNS, *map(_row, first.values())]
    return "\n".join([*rows, "", _interval_text(trials), "", *_votes_rows(trials)])


def fit_command(trial: Trial, data: str) -> str:
    """Return the command line that fits a model with these settings on this data."""
    options = trial.options
    words = [
        "--data",
        data,
        *_feature_words(trial.feature),
        "--k",
        str(options.k),
        "--weights",
        options.weights,
    ]
    if options.weights == "distance":
        words += ["--power", f"{options.power:g}"]
    words += ["--dimensions", str(options.dimensions), "--refine" if options.refinement else "--no-refine"]
    for flag, given, usual in (
        ("--backend", options.backend, KnnOptions.backend),
        ("--device", options.device, KnnOptions.device),
    ):
        words += [flag, given] if given != usual else []
    return " ".join(map(shell_word, ["knn-digits", "fit", *words]))


def _search(trial: Trial) -> tuple[object, ...]:
    """Return what a trial shares with those that differ in k and weights alone."""
    return trial.feature, trial.options.dimensions, trial.options.refinement


def _row(trial: Trial) -> str:
    options, feature = trial.options, describe_feature(trial.feature)
    settings = " ".join(f"{key}={value}" for key, value in feature["options"].items())
    cells = [
        f"{trial.errors:6d}",
        f"{trial.errors / trial.digits:6.2%}",
        f"{options.dimensions or '-':>10}",
        f"{'yes' if options.refinement else 'no':7s}",
        f"{options.k:2d}",
        f"{_weights_text(options.weights, options.power):16s}",
        f"{feature['name']} {settings}".rstrip(),
    ]
    return "  ".join(cells)


def _interval_text(trials: Sequence[Trial]) -> str:
    """Say how sure the error of the best is."""
    low, high = wilson_interval(trials[0].errors, trials[0].digits)
    within = sum(trial.errors / trial.digits <= high for trial in trials)
    return (
        f"95 % interval of the first row: {low:.2%} to {high:.2%}; {within} of the {len(trials)} settings "
        "lie within it"
    )


def _weights_text(weights: str, power: float) -> str:
    return f"distance**-{power:g}" if weights == "distance" else weights


def _votes_rows(trials: Sequence[Trial]) -> list[str]:
    """Return the errors by k and weights of all that share the search of the best."""
    errors = {
        (trial.options.k, trial.options.weights, trial.options.power): trial.errors
        for trial in trials
        if _search(trial) == _search(trials[0])
    }
    weighings = list(dict.fromkeys((weights, power) for _, weights, power in VOTES))
    columns = [_weights_text(*weighing) for weighing in weighings]
    rows = [
        "errors of the first row's search by k and weights:",
        " k" + "".join(f"{c:>14s}" for c in columns),
    ]
    for k in KS:
        counts = [errors.get((k, *weighing), "") for weighing in weighings]
        if any(counts):
            rows.append(f"{k:2d}" + "".join(f"{count:>14}" for count in counts))
    return rows


def _feature_words(feature: Feature) -> list[str]:
    name, options = describe_feature(feature).values()
    words = ["--features", name]
    if name == "blocks":
        words += ["--grid", f"{options['rows']}x{options['columns']}", "--ink", options["ink"]]
    if name == "hog":
        words += ["--orientations", str(options["orientations"]), "--cells", str(options["cells"])]
    return words

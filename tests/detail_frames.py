"""Made-up detail frames, with the columns the measures give, and a figure taken apart."""

import base64

import numpy as np
import pandas as pd

HOSTILE = '<b onclick="x">&%{x} ![a](http://h/p.png) $x$'


def values(array):
    """Return what a trace holds as numpy, whether sent as numbers or packed."""
    if isinstance(array, dict):
        packed = np.frombuffer(base64.b64decode(array["bdata"]), dtype=np.dtype(array["dtype"]))
        return packed.reshape([int(part) for part in array["shape"].split(",")]) if "shape" in array else packed
    return np.asarray(array)


def texts(figure):
    """Return every text a figure shows, hovers included."""
    found = [annotation.text for annotation in figure.layout.annotations]
    for trace in figure.data:
        for name in ("text", "customdata"):
            shown = getattr(trace, name, None)
            if shown is not None:
                found += [shown] if isinstance(shown, str) else [str(text) for text in np.ravel(shown)]
        found.append(trace.name or "")
    for axis in figure.select_xaxes():
        found += [*(axis.ticktext or ()), axis.title.text or ""]
    for axis in figure.select_yaxes():
        found += [*(axis.ticktext or ()), axis.title.text or ""]
    return found


def bins(column="age", kind="integer"):
    if kind == "category":
        labels, lower = ["a", "b", "other levels", "blank"], [np.nan] * 4
        upper = lower
    else:
        labels, lower, upper = ["below 20", "20 to 29", "30 to 39", "blank"], [np.nan, 20, 30, np.nan], [20, 30, np.nan, np.nan]
    return pd.DataFrame({
        "column": column, "bin": labels, "order": range(4), "lower": lower, "upper": upper,
        "real_share": [0.2, 0.4, 0.3, 0.1], "synthetic_share": [0.2, 0.3, 0.3, 0.2], "train_share": [0.2, 0.4, 0.3, 0.1],
    })  # fmt: skip


def columns():
    return pd.DataFrame({"column": ["sex", "age", "pay"], "kind": ["category", "integer", "number"], "score": [0.97, 0.80, 0.92]})


def associations():
    return pd.DataFrame({
        "first": ["a", "a", "b"], "second": ["b", "c", "c"], "real": [0.8, 0.02, -0.5], "synthetic": [0.4, 0.4, -0.52],
        "difference": [-0.4, 0.38, -0.02], "kind": "numbers", "mutual_real": 0.1, "mutual_synthetic": 0.1,
    })  # fmt: skip


def roc():
    rate = np.linspace(0, 1, 50)
    curves = [
        pd.DataFrame({"model": model, "trained_on": side, "class": "yes", "false_positive_rate": rate, "true_positive_rate": rate**power})
        for model in ("boosted", "linear") for side, power in (("real", 0.25), ("synthetic", 0.5))
    ]  # fmt: skip
    return pd.concat(curves, ignore_index=True)


def classes():
    return pd.DataFrame({"class": ["x", "y"], "rows": [1200, 34], "auc_real": [0.92, 0.90], "auc_synthetic": [0.91, 0.70]})


def calibration():
    return pd.DataFrame({
        "model": "boosted", "trained_on": ["real", "real", "synthetic", "synthetic"], "class": "yes", "predicted": [0.1, 0.9, 0.1, 0.9],
        "observed": [0.12, 0.88, 0.2, 0.7], "rows": 50,
    })  # fmt: skip


def scatter():
    grid = pd.DataFrame(
        {
            "true_low": [0.0, 1.0],
            "true_high": [1.0, 2.0],
            "predicted_low": [0.0, 0.0],
            "predicted_high": [1.0, 1.0],
            "rows": [5, 3],
        }
    )
    return pd.concat([grid.assign(trained_on="real"), grid.assign(trained_on="synthetic")], ignore_index=True)


def distances(near=0.3):
    return pd.DataFrame(
        {
            "bin_low": [0.0, 0.5, 1.0],
            "bin_high": [0.5, 1.0, 1.5],
            "to_train_share": [near, 0.3, 0.7 - near],
            "to_holdout_share": [0.1, 0.3, 0.6],
        }
    )


def attack(power=0.5):
    rate = np.logspace(-4, 0, 40)
    return pd.DataFrame({"attack": "distance", "false_positive_rate": rate, "true_positive_rate": rate**power})


def kinds(low=0.02):
    return pd.DataFrame({
        "kind": ["unique values", "identical rows"], "column": ["pay", ""], "train_share": [0.3, 0.01], "holdout_share": [0.02, 0.01],
        "gap": [0.28, 0.0], "low": [low, -0.01], "high": [0.3, 0.01],
    })  # fmt: skip

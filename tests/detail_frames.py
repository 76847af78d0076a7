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


def ladder_rungs():
    rungs = pd.DataFrame({"rows": [20, 200, 2000, 4000], "score": [0.3, 0.6, 0.9, 1.0], "curve": [0.3, 0.6, 0.9, 1.0]})
    return pd.concat([rungs.assign(purpose=purpose) for purpose in ("models", "pairs")], ignore_index=True)


def ladder_marks():
    one = {
        "candidate": "one",
        "purpose": "models",
        "score": 0.75,
        "rows": 612.0,
        "rows_low": 500.0,
        "rows_high": 900.0,
        "of": 4000,
    }
    two = {
        "candidate": "two",
        "purpose": "pairs",
        "score": 1.0,
        "rows": 4000.0,
        "rows_low": 3800.0,
        "rows_high": 4000.0,
        "of": 4000,
    }
    return pd.DataFrame([one, two, {**one, "candidate": "two", "rows": 0.0, "rows_low": 0.0, "rows_high": 0.0, "score": -0.1}])


def targets():
    return pd.DataFrame({
        "column": ["age", "job", "note"], "kind": ["number", "level", "level"], "real_skill": [0.4, 0.3, np.nan],
        "synthetic_skill": [0.38, 0.06, np.nan], "retained": [0.9, 0.2, np.nan], "low": [0.9, 0.1, np.nan], "high": [1.0, 0.3, np.nan],
        "reason": ["", "", "real rows do not predict it better than guessing"],
    })  # fmt: skip


def recipes():
    return pd.DataFrame({
        "recipe": ["real", "half", "equal", "weights"], "real_rows": 100, "synthetic_rows": [0, 50, 100, 0],
        "words": ["real rows alone", "half as many synthetic rows added", "as many synthetic rows added", "rarer classes weighted up"],
        "gain": [0.0, 0.01, 0.03, 0.0], "low": [0.0, -0.01, 0.01, -0.01], "high": [0.0, 0.03, 0.05, 0.01], "skill": 0.4,
        "f1": 0.7, "rarest_recall": 0.5,
    })  # fmt: skip


def importances():
    real, made = np.array([0.2, 0.1, 0.0]), np.array([0.1, 0.15, 0.01])
    return pd.DataFrame({
        "column": ["age", "pay", "sex"], "real": real, "real_low": real - 0.01, "real_high": real + 0.01,
        "synthetic": made, "synthetic_low": made - 0.01, "synthetic_high": made + 0.01,
    })  # fmt: skip


def filters():
    return pd.DataFrame(
        {"bin_low": [0.0, 0.008, 0.016, 0.032], "bin_high": [0.008, 0.016, 0.032, 1.0], "queries": [60, 20, 20, 0]}
    )


def answers():
    return pd.DataFrame({
        "term": ["age, per unit", "city: Lyon", "city: Oslo"], "real": [2.0, 1.0, 3.0], "real_low": [1.5, 0.5, 2.0], "real_high": [2.5, 1.5, 4.0],
        "synthetic": [2.1, -1.0, 3.2], "synthetic_low": [1.6, -2.0, 2.0], "synthetic_high": [2.6, -0.2, 4.4], "overlap": [0.9, 0.0, 0.85],
        "sign_changed": [False, True, False], "copy 1": [2.0, -1.2, 3.0], "copy 2": [2.2, -0.8, 3.4],
    })  # fmt: skip

"""scikit-learn on the tabular sets, on the very folds of tables.ts: python3 reference.py FOLDER < FOLDS

FOLDS is JSON, {set: {"target": name, "folds": [[the fold of each row, ...] for each seed]}}; the answer is JSON too,
{"version": ..., "scores": {set: [[score of each fold, ...] for each seed]}}. Accuracy, for mpg R².
"""
import csv
import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

# 200 epochs at most are its default; that they may not be enough is part of it.
warnings.simplefilter("ignore", ConvergenceWarning)

# What wasmlp finds out by itself: text, and text that tells rows apart.
TEXT = {"penguins": ["island", "sex"], "titanic": ["pclass", "sex", "embarked"], "mpg": ["origin"]}
IGNORED = {"titanic": ["name", "ticket", "cabin"], "mpg": ["name"]}
MISSING = ("", "?")


def load(path, name, target):
    """Features, numbers first, then text; how many are numbers; targets."""
    with open(f"{path}/{name}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    text = TEXT.get(name, [])
    numbers = [key for key in rows[0] if key not in [target, *text, *IGNORED.get(name, [])]]
    x = np.empty((len(rows), len(numbers) + len(text)), dtype=object)
    for r, row in enumerate(rows):
        values = [np.nan if row[key] in MISSING else float(row[key]) for key in numbers]
        x[r] = values + [row[key] for key in text]
    return x, len(numbers), np.array([row[target] for row in rows])


def pipeline(numbers, columns, regression, seed):
    """Standardised, gaps filled with the mean and told of; one hidden layer of 64, all else scikit-learn's defaults."""
    scaled = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    parts = [("numbers", scaled, list(range(numbers)))]
    if columns > numbers:
        parts.append(("text", OneHotEncoder(handle_unknown="ignore"), list(range(numbers, columns))))
    kind = MLPRegressor if regression else MLPClassifier
    model = make_pipeline(ColumnTransformer(parts), kind((64,), random_state=seed))
    return TransformedTargetRegressor(model, transformer=StandardScaler()) if regression else model


def main():
    path, scores = sys.argv[1], {}
    for name, job in json.load(sys.stdin).items():
        x, numbers, y = load(path, name, job["target"])
        regression = name == "mpg"
        y = y.astype(float) if regression else y
        scores[name] = []
        for seed, folds in enumerate(np.array(job["folds"])):
            parts = [(folds != fold, folds == fold) for fold in range(folds.max() + 1)]
            fit = lambda train: pipeline(numbers, x.shape[1], regression, seed).fit(x[train], y[train])
            scores[name].append([fit(train).score(x[test], y[test]) for train, test in parts])
    print(json.dumps({"version": sklearn.__version__, "scores": scores}))


main()

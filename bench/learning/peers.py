"""Other programs on the open tables, on the very rows of compare.ts: python3 peers.py FOLDER < JOBS

JOBS is JSON, [{"name", "file", "target", "kind": "class" | "value", "parts": [[the part of each row, 0 to train, 1 to test, 2 neither], ...]}];
for each set a line of JSON follows, {"name", "scores": {method: [{"error", "score", "seconds"} of each part]}}: error is log-loss or
1 - R2, score accuracy or R2. Rows are numbered as the file has them, those without a target left out.
"""
import csv
import gzip
import io
import json
import os
import sys
import time
import warnings

import numpy as np
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, r2_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

warnings.simplefilter("ignore")
MISSING = ("", "NA", "?")


def number(value):
    """A number, the days of a date, NaN where the value is missing; an error for any other text."""
    if value in MISSING:
        return float("nan")
    try:
        return float(value)
    except ValueError:
        return float(np.datetime64(value, "D").astype(int))


def load(path, target):
    """Numbers, texts [rows, columns], and targets."""
    with io.TextIOWrapper(gzip.open(path), newline="") as file:
        rows = [row for row in csv.DictReader(file) if row[target] not in MISSING]
    numbers, texts = [], []
    for name in rows[0]:
        if name == target:
            continue
        values = [row[name] for row in rows]
        try:
            numbers.append([number(value) for value in values])
        except ValueError:
            texts.append(values)
    return (np.array(numbers, dtype=float).reshape(len(numbers), len(rows)).T,
            np.array(texts, dtype=object).reshape(len(texts), len(rows)).T, np.array([row[target] for row in rows]))


def methods(numbers, texts, is_class, threads):
    """Models by name; trees get numbers as they are, others standardised, and all of them a column for each text."""
    hot = ("texts", OneHotEncoder(handle_unknown="ignore", sparse=False), list(range(numbers, numbers + texts)))
    own = list(range(numbers))
    scaled = ColumnTransformer([("numbers", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), own), hot])
    plain = ColumnTransformer([("numbers", "passthrough", own), hot])
    filled = ColumnTransformer([("numbers", SimpleImputer(), own), hot])
    trees = dict(n_estimators=300, n_jobs=threads, random_state=0)
    if is_class:
        from xgboost import XGBClassifier as Boosted
        models = [LogisticRegression(max_iter=1000), MLPClassifier(random_state=0), RandomForestClassifier(**trees),
                  HistGradientBoostingClassifier(random_state=0)]
    else:
        from xgboost import XGBRegressor as Boosted
        standard = lambda model: TransformedTargetRegressor(model, transformer=StandardScaler())
        models = [Ridge(), standard(MLPRegressor(random_state=0)), RandomForestRegressor(**trees),
                  HistGradientBoostingRegressor(random_state=0)]
    boosted = Boosted(n_estimators=300, max_depth=6, learning_rate=0.1, n_jobs=threads, random_state=0, verbosity=0)
    names = ["linear", "scikit-learn MLP", "random forest", "hist. boosting", "XGBoost"]
    return {name: make_pipeline(front, model)
            for name, front, model in zip(names, [scaled, scaled, filled, plain, plain], [*models, boosted])}


def evaluate(model, x, y, part, is_class):
    train, test = part == 0, part == 1
    start = time.perf_counter()
    model.fit(x[train], y[train])
    seconds = time.perf_counter() - start
    if not is_class:
        r2 = r2_score(y[test], model.predict(x[test]))
        return {"error": 1 - r2, "score": r2, "seconds": seconds}
    answers = model.predict_proba(x[test]).astype(float)
    answers /= answers.sum(axis=1, keepdims=True)
    return {"error": log_loss(y[test], answers, labels=model[-1].classes_),
            "score": float(np.mean(model[-1].classes_[answers.argmax(axis=1)] == y[test])), "seconds": seconds}


def main():
    threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
    for job in json.load(sys.stdin):
        numbers, texts, targets = load(f"{sys.argv[1]}/{job['file']}", job["target"])
        is_class = job["kind"] == "class"
        y = np.unique(targets, return_inverse=True)[1] if is_class else targets.astype(float)
        x = np.concatenate([numbers.astype(object), texts], axis=1)
        models = methods(numbers.shape[1], texts.shape[1], is_class, threads)
        scores = {name: [evaluate(model, x, y, np.array(part), is_class) for part in job["parts"]]
                  for name, model in models.items()}
        print(json.dumps({"name": job["name"], "scores": scores}), flush=True)


main()

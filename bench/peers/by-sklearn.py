# Boosted trees and a logistic regression by scikit-learn: by-sklearn.py COLUMNS ROWS INPUTS RUNS, where COLUMNS holds the
# inputs as raw f64, then the labels. Trains 100 trees of depth 3 and a logistic regression, and prints as JSON what both
# learned, what they say of every row, and the median ns that each takes for all rows, and for one.
import json
import statistics
import sys
import time

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

path, rows, inputs, runs = sys.argv[1], *map(int, sys.argv[2:5])
numbers = numpy.fromfile(path)
x = numpy.ascontiguousarray(numbers[: rows * inputs].reshape(inputs, rows).T)
y = numbers[rows * inputs :].astype(int)
trees = HistGradientBoostingClassifier(max_iter=100, max_depth=3, max_leaf_nodes=None, early_stopping=False).fit(x, y)
whole = numpy.nan_to_num(x)
line = LogisticRegression(max_iter=1000).fit(whole, y)


def nodes(tree):
    names = ["value", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "is_leaf"]
    return [[float(node[name]) for name in names] for node in tree.nodes]


def median_ns(predict, data):
    predict(data)
    times = []
    for _ in range(runs):
        begin = time.perf_counter_ns()
        predict(data)
        times.append(time.perf_counter_ns() - begin)
    return statistics.median(times)


print(
    json.dumps(
        {
            "base": float(numpy.ravel(trees._baseline_prediction)[0]),
            "trees": [nodes(stage[0]) for stage in trees._predictors],
            "treesGive": trees.predict_proba(x)[:, 1].tolist(),
            "treesNs": median_ns(trees.predict_proba, x),
            "treesOneNs": median_ns(trees.predict_proba, x[:1]),
            "weights": line.coef_[0].tolist(),
            "bias": float(line.intercept_[0]),
            "lineGive": line.predict_proba(whole)[:, 1].tolist(),
            "lineNs": median_ns(line.predict_proba, whole),
        }
    )
)

"""scikit-learn: MLPClassifier.partial_fit, plain SGD, one batch a call; two classes are one logistic output there."""

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

VERSION = f"scikit-learn {sklearn.__version__}"


def prepare(task):
    if task.kind == "epoch":
        return None
    x, y = task.x, task.y
    classes = np.arange(task.layers[-1])
    net = MLPClassifier(
        hidden_layer_sizes=task.layers[1:-1],
        solver="sgd",
        alpha=0,
        batch_size=task.rows,
        learning_rate_init=task.learningRate,
        momentum=0,
        nesterovs_momentum=False,
        shuffle=False,
    )
    net.partial_fit(x, y, classes=classes)
    two = len(classes) == 2
    for layer, (weights, biases) in enumerate(task.parameters):
        # The logistic output of two classes is the difference of the two logits.
        last = two and layer == len(task.parameters) - 1
        # In place: the optimizer holds these very arrays.
        net.coefs_[layer][:] = weights[:, 1:] - weights[:, :1] if last else weights
        net.intercepts_[layer][:] = biases[1:] - biases[:1] if last else biases
    if task.kind == "predict":
        return (lambda: net.predict_proba(x)), None

    def step():
        net.partial_fit(x, y)
        return net.loss_

    def parameters():
        if two:
            return [(np.float32([np.nan]), np.float32([]))]
        return zip(net.coefs_, net.intercepts_)

    return step, parameters

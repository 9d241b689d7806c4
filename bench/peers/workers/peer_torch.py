"""PyTorch: nn.Sequential, CrossEntropyLoss, optim.SGD, as many threads as OMP_NUM_THREADS says; `loss.item()` is read, as wasmlp returns it."""

import os

import blas
import torch
from torch import nn

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
VERSION = f"PyTorch {torch.__version__}{blas.describe()}"


def build(task):
    layers = []
    for weights, biases in task.parameters:
        linear = nn.Linear(*weights.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights.T.copy()))
            linear.bias.copy_(torch.from_numpy(biases))
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def prepare(task):
    net = build(task)
    x, y = torch.from_numpy(task.x), torch.from_numpy(task.y).long()
    if task.kind == "predict":

        def predict():
            with torch.inference_mode():
                return torch.softmax(net(x), 1).numpy()

        return predict, None

    optimizer = torch.optim.SGD(net.parameters(), lr=task.learningRate)
    criterion = nn.CrossEntropyLoss()

    def update(rows, ids):
        optimizer.zero_grad(set_to_none=True)
        loss = criterion(net(rows), ids)
        loss.backward()
        optimizer.step()
        return loss.item()

    def parameters():
        linears = [layer for layer in net if isinstance(layer, nn.Linear)]
        return [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in linears]

    if task.kind == "update":
        return (lambda: update(x, y)), parameters

    pixels = x.float().mul(1 / 255)

    def epoch(order):
        total = 0.0
        for rows in order.split(task.batch):
            total += update(pixels[rows], y[rows]) * len(rows)
        return total / len(order)

    return (lambda: epoch(torch.randperm(task.rows))), parameters, (lambda: epoch(torch.arange(task.checked)))

"""Writes tests/models/torch-graphs.json.gz: small networks as PyTorch's exporter writes them, with rows and PyTorch's own answers.

    OPENBLAS_NUM_THREADS=1 /usr/bin/python3 scripts/make-torch-graphs.py    (Debian's python3-torch 1.13, python3-onnx)
"""
import base64
import gzip
import io
import json
import random
import warnings
from pathlib import Path

import torch
from torch import nn

warnings.filterwarnings("ignore")
torch.manual_seed(1)
random.seed(1)


class Model(nn.Module):
    """A function before and one behind a network."""

    def __init__(self, before, net, behind):
        super().__init__()
        self.before, self.net, self.behind = before, net, behind

    def forward(self, x):
        return self.behind(self.net(self.before(x)))


ACTIVATIONS = [
    nn.ReLU, nn.Tanh, nn.Sigmoid, nn.LeakyReLU, lambda: nn.LeakyReLU(0.2), nn.ELU, lambda: nn.ELU(0.5), nn.SELU, nn.CELU,
    lambda: nn.CELU(0.7), nn.GELU, lambda: nn.GELU(approximate="tanh"), nn.SiLU, nn.Mish, nn.Softplus, lambda: nn.Softplus(beta=2.0),
    nn.Softsign, nn.Hardtanh, lambda: nn.Hardtanh(-2, 0.5), nn.ReLU6, nn.Hardsigmoid, nn.PReLU, nn.LogSigmoid, nn.Identity,
]
MEAN, STD = torch.randn(5), torch.rand(5) + 0.5
ENDS = [
    ("none", lambda z: z),
    ("softmax", lambda z: torch.softmax(z, 1)),
    ("softmax of the last axis", lambda z: torch.softmax(z, dim=-1)),
    ("logsoftmax", lambda z: torch.log_softmax(z, 1)),
    ("sigmoid", torch.sigmoid),
    ("scaled tanh", lambda z: torch.tanh(z) * 2.5),
    ("affine", lambda z: z * torch.tensor([1.0, 2.0, 3.0]) + 0.5),
    ("clamp", lambda z: z.clamp(-1, 1)),
    ("clamp from below", lambda z: z.clamp(min=0.1)),
    ("tanh of relu", lambda z: torch.tanh(torch.relu(z))),
    ("the first", lambda z: z[:, 0]),
    ("two of them", lambda z: z[:, :2]),
    ("neg", lambda z: -z),
    ("argmax", lambda z: z.argmax(1)),
    ("max with zeros", lambda z: torch.max(z, torch.zeros(3))),
    ("exp", torch.exp),
    ("div", lambda z: z / 3.0),
    ("another order", lambda z: z[:, [2, 0, 1]]),
    ("max with a number", lambda z: torch.maximum(z, torch.tensor(0.3))),
]
BEGINNINGS = [
    ("none", lambda x: x, (4, 5)),
    ("standardised", lambda x: (x - MEAN) / STD, (4, 5)),
    ("flatten", lambda x: torch.flatten(x, 1), (4, 1, 5)),
    ("view by size", lambda x: x.view(x.size(0), -1), (4, 1, 5)),
    ("view", lambda x: x.view(-1, 5), (4, 5, 1)),
    ("reshape by a product", lambda x: x.reshape(x.shape[0], x.shape[1] * x.shape[2]), (4, 5, 1)),
    ("squeeze", lambda x: x.squeeze(1), (4, 1, 5)),
    ("unsqueeze", lambda x: x.unsqueeze(1).flatten(1), (4, 5)),
    ("tanh", torch.tanh, (4, 5)),
    ("div", lambda x: x / 255.0, (4, 5)),
    ("slice", lambda x: x[:, 1:6], (4, 7)),
    ("permute", lambda x: x.permute(0, 2, 1).flatten(1), (4, 1, 5)),
    ("cat", lambda x: torch.cat([x[:, :2] * 2, x[:, 2:] + 1], 1), (4, 5)),
    ("far", lambda x: (x - 1000.0) / 2.0, (4, 5)),
    ("clamp", lambda x: x.clamp(-1, 1), (4, 5)),
    ("doubled", lambda x: x * 2 - 1, (4, 5)),
    ("four axes", lambda x: x.view(x.shape[0], -1), (4, 5, 1, 1)),
]
NORMS = [
    None, None, None, nn.BatchNorm1d, nn.LayerNorm, lambda n: nn.LayerNorm(n, eps=1e-3),
    lambda n: nn.LayerNorm(n, elementwise_affine=False),
]


def norm_layer(make, width):
    norm = make(width)
    if isinstance(norm, nn.BatchNorm1d):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    if norm.weight is not None:
        norm.weight.data.uniform_(0.5, 1.5)
        norm.bias.data.normal_()
    return norm


def draw(i):
    beginning = BEGINNINGS[i % len(BEGINNINGS)] if i % 3 else BEGINNINGS[0]
    end = ENDS[(i * 7) % len(ENDS)] if i % 2 else ENDS[i % 5]
    activation = ACTIVATIONS[i % len(ACTIVATIONS)]
    norm = NORMS[(i // 2) % len(NORMS)]
    widths = [5] + [random.choice([3, 4, 8]) for _ in range(random.randint(0, 3))] + [3]
    layers = []
    for place, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Linear(inputs, outputs, bias=random.random() > 0.2))
        if place == len(widths) - 2:
            break
        parts = [activation()] + ([norm_layer(norm, outputs)] if norm else [])
        layers += parts if random.random() < 0.3 else parts[::-1]
        if random.random() < 0.3:
            layers.append(nn.Dropout(0.5))
    title = f"{beginning[0]}, {widths}, {type(activation()).__name__}, {type(norm(3)).__name__ if norm else 'no norm'}, {end[0]}"
    return Model(beginning[1], nn.Sequential(*layers), end[1]).eval(), beginning, end[0], title


def rounded(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


graphs, i = [], 0
while len(graphs) < 150:
    i += 1
    opset = 9 + i % 9
    net, (name, _, shape), end, title = draw(i)
    x = torch.randn(shape) * (2 if name == "far" else 1) + (1000 if name == "far" else 0)
    file = io.BytesIO()
    axes = None if i % 4 == 0 else {"x": {0: "batch"}}
    options = dict(input_names=["x"], output_names=["y"], opset_version=opset, dynamic_axes=axes, do_constant_folding=i % 5 != 0)
    try:
        torch.onnx.export(net, x, file, **options)
    except Exception as error:  # what this exporter cannot write
        print("not written:", title, str(error)[:60])
        continue
    with torch.no_grad():
        y = net(x)
    bytes_ = base64.b64encode(file.getvalue()).decode()
    graphs.append(dict(title=f"{title}, opset {opset}", end=end, file=bytes_, rows=4, x=rounded(x), y=rounded(y)))
path = Path(__file__).parent.parent / "tests/models/torch-graphs.json.gz"
path.write_bytes(gzip.compress(json.dumps(graphs).encode(), 9, mtime=0))
print(len(graphs), "graphs,", path.stat().st_size, "bytes")

"""Seconds an epoch of MNIST in PyTorch on one thread: python3 mnist.py FOLDER SETTINGS, the settings of mnist.ts as JSON."""
import gzip
import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
folder, settings = sys.argv[1], json.loads(sys.argv[2])
with gzip.open(folder + "train-images-idx3-ubyte.gz") as file:
    pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(60000, 784)
with gzip.open(folder + "train-labels-idx1-ubyte.gz") as file:
    digits = np.frombuffer(file.read(), np.uint8, offset=8)
x = torch.from_numpy(pixels.astype(np.float32) / 255)
y = torch.from_numpy(digits.astype(np.int64))

sizes, dropout = settings["layers"], settings["dropout"]
layers = [torch.nn.Dropout(dropout["input"])] if dropout["input"] else []
for l, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
    layers.append(torch.nn.Linear(inputs, outputs))
    if l + 2 < len(sizes):
        layers.append(torch.nn.ReLU())
        if dropout["hidden"]:
            layers.append(torch.nn.Dropout(dropout["hidden"]))
net = torch.nn.Sequential(*layers)
optimizer = torch.optim.SGD(net.parameters(), lr=settings["rate"], momentum=0.9, weight_decay=settings["l2"])
loss_of = torch.nn.CrossEntropyLoss()


def epoch():
    order = torch.randperm(len(x))
    for rows in order.split(settings["batchSize"]):
        optimizer.zero_grad(set_to_none=True)
        loss_of(net(x[rows]), y[rows]).backward()
        optimizer.step()
        if settings.get("maxNorm"):
            with torch.no_grad():
                for layer in net:
                    if isinstance(layer, torch.nn.Linear):
                        lengths = layer.weight.norm(dim=1, keepdim=True)
                        layer.weight.mul_((settings["maxNorm"] / lengths).clamp(max=1))


epoch()
start = time.perf_counter()
epoch()
epoch()
print((time.perf_counter() - start) / 2)

"""numpy, PyTorch or scikit-learn in a process of its own; speaks worker.mjs's lines: `python3 worker.py PEER FOLDER`."""

import json
import os
import sys
import time
import warnings

peer, folder = sys.argv[1:]


def answer(text):
    sys.stdout.write(f"> {text}\n")
    sys.stdout.flush()


try:
    import numpy as np

    library = __import__("peer_" + peer.removesuffix("-2"))
except ImportError as error:
    answer(f"absent {error}")
    sys.exit()

warnings.simplefilter("ignore")


class Task:
    """A case with its rows and weights read: what a peer's `prepare` is given."""

    def __init__(self, case):
        self.__dict__.update(case)
        flat = np.fromfile(os.path.join(folder, self.weights), np.float32)
        self.parameters = []
        for inputs, outputs in zip(self.layers, self.layers[1:]):
            weights, flat = flat[: inputs * outputs].reshape(inputs, outputs).copy(), flat[inputs * outputs :]
            self.parameters.append((weights, flat[:outputs].copy()))
            flat = flat[outputs:]
        kind = np.uint8 if self.x.endswith(".u8") else np.float32
        x = np.fromfile(os.path.join(folder, self.x), kind)
        self.x = x.reshape(-1, self.layers[0])[: self.rows].copy()
        self.y = np.fromfile(os.path.join(folder, self.y), np.int32)[: self.rows].copy()


def flatten(parameters):
    return np.concatenate([np.asarray(part, np.float32).ravel() for pair in parameters for part in pair])


with open(os.path.join(folder, "cases.json"), encoding="utf-8") as file:
    cases = json.load(file)["cases"]

answer(f"ready {library.VERSION}")
current, job = None, None
for line in sys.stdin:
    verb, name, *calls = line.split()
    try:
        if current != name:
            current, job = name, library.prepare(Task(cases[name]))
        if job is None:
            answer("none")
        elif verb == "check":
            # A job is (call, parameters): a prediction has no parameters, an update returns its loss.
            call, parameters = job[:2]
            first = job[2]() if len(job) > 2 else call()
            result = first if parameters is None else np.append(np.float32(first), flatten(parameters()))
            np.asarray(result, np.float32).tofile(os.path.join(folder, f"{peer}.{name}.f32"))
            answer("done")
        else:
            call, count = job[0], int(calls[0])
            start = time.perf_counter()
            for _ in range(count):
                call()
            answer((time.perf_counter() - start) * 1e6 / count)
    except Exception as error:  # an answer is owed whatever the peer does
        current = None
        answer(f"error {error!r}".replace("\n", " "))

"""
Golden traces of what PyTorch computes in float64. To make them anew:

    python3 tests/traces/make.py            all of them, in seconds
    python3 tests/traces/make.py lion huber those whose name holds one of the words

with Debian's python3-torch (bookworm: 1.13.1+dfsg-4, for /usr/bin/python3); nothing else is needed. The files are written beside
this program; README.md there explains their fields. Every file made here says `"program": "make.py"`.

A start is drawn from a seed, and taken if the run is one that float32 can follow: the same run in float32, the rows of its
batches forwards and backwards, and runs in float64 from starts a millionth off, must stay close (no sign of a nearly zero
gradient decides anything), and all branches of the activation must be hit. Else the next seed is tried. A run whose option
does nothing is refused: without the option the final weights must be others.
"""
import json
import math
import pathlib
import sys
import zlib

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).resolve().parent
D = torch.float64
torch.set_num_threads(1)
# NAdam keeps the product of its momenta in a tensor of the default type.
torch.set_default_dtype(D)

# ---------------------------------------------------------------------------------------------------------------------
# Activations

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def expm1_branch(x, scale, alpha):
    """scale * (x if x > 0 else alpha * (e^x - 1)), exact near 0, where F.elu takes a difference; the derivative too far below."""
    below = torch.clamp(x, max=0)
    return torch.where(x > 0, scale * x, scale * alpha * torch.where(below < -1, torch.exp(below) - 1, torch.expm1(below)))


def softplus(x):
    """log(1 + e^x) without a threshold (F.softplus is x above 20) and without torch.logaddexp's log(1 + small)."""
    return -F.logsigmoid(-x)


def softsign(x):
    """x / (1 + |x|); above 1 in a form whose derivative takes no difference."""
    size = 1 + x.abs()
    return torch.where(size > 2, torch.sign(x) * (1 - 1 / size), x / size)


ACTIVATIONS = {
    "linear": lambda x: x,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": F.relu,
    "leaky-relu": lambda x, slope=0.01: F.leaky_relu(x, slope),
    "elu": lambda x, alpha=1.0: expm1_branch(x, 1.0, alpha),
    "selu": lambda x: expm1_branch(x, SELU_SCALE, SELU_ALPHA),
    # x * Phi(x) as 1 + erf(x / sqrt 2), which is erfc(-x / sqrt 2) without the difference.
    "gelu": lambda x: 0.5 * x * torch.erfc(-x * math.sqrt(0.5)),
    # x/2 * (1 + tanh u) is x * sigmoid(2u).
    "gelu-tanh": lambda x: x * torch.sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)),
    "silu": F.silu,
    "mish": lambda x: x * torch.tanh(softplus(x)),
    "softplus": softplus,
    "softsign": softsign,
    # F.hardsigmoid's derivative is a sixth in float32 even in float64.
    "hard-sigmoid": lambda x: F.relu6(x + 3) / 6,
    "hard-tanh": F.hardtanh,
    "relu6": F.relu6,
    "exponential": torch.exp,
}

# Between which points each activation is another function; all of these stretches are to be hit.
BRANCHES = {
    "relu": [0], "leaky-relu": [0], "elu": [0], "selu": [0], "gelu": [-1, 0, 1], "gelu-tanh": [-1, 0, 1],
    "silu": [-1, 0, 1], "mish": [-1, 0, 1], "softplus": [-1, 0, 1], "softsign": [0], "hard-sigmoid": [-3, 3],
    "hard-tanh": [-1, 1], "relu6": [0, 6], "exponential": [0],
}


def named(option):
    """("elu", [1.5]) of {"elu": 1.5}, ("elu", []) of "elu"."""
    if isinstance(option, str):
        return option, []
    (name, value), = option.items()
    return name, [value]


def activate(option, x):
    name, arguments = named(option)
    return ACTIVATIONS[name](x, *arguments)


# ---------------------------------------------------------------------------------------------------------------------
# Losses: of each row, the sum over outputs


def row_losses(spec, z, t):
    output, loss = spec["output"], spec.get("loss")
    smoothing, class_weights = spec.get("labelSmoothing", 0.0), spec.get("classWeights")
    like = dict(dtype=z.dtype)
    if output == "softmax":
        classes = z.shape[1]
        if t.shape[1] == 1:
            ids, t = t[:, 0].long(), F.one_hot(t[:, 0].long(), classes).to(z.dtype)
            t = (1 - smoothing) * t + smoothing / classes
            w = None if class_weights is None else torch.tensor(class_weights, **like)
            torch_says = F.cross_entropy(z, ids, weight=w, reduction="none", label_smoothing=smoothing)
        else:
            assert smoothing == 0
            w = None if class_weights is None else torch.tensor(class_weights, **like)
            torch_says = F.cross_entropy(z, t, weight=w, reduction="none")
        losses = -(t * F.log_softmax(z, 1) * (1 if w is None else w)).sum(1)
        assert torch.allclose(losses, torch_says, rtol=1e-5 if z.dtype == torch.float32 else 1e-12)
        return losses
    if output == "sigmoid":
        t = t * (1 - smoothing) + smoothing / 2
        w0, w1 = class_weights or (1, 1)
        losses = (w1 * t * softplus(-z) + w0 * (1 - t) * softplus(z)).sum(1)
        if class_weights is None:
            torch_says = F.binary_cross_entropy_with_logits(z, t, reduction="none").sum(1)
            assert torch.allclose(losses, torch_says, rtol=1e-5 if z.dtype == torch.float32 else 1e-12)
        return losses
    name, arguments = named(loss)
    if name == "poisson":
        assert output == "exponential"
        return (torch.exp(z) - t * z).sum(1)
    p = activate(output, z)
    if name == "squared-error":
        return ((p - t) ** 2 / 2).sum(1)
    if name == "absolute-error":
        return (p - t).abs().sum(1)
    if name == "huber":
        delta = arguments[0] if arguments else 1.0
        e = (p - t).abs()
        return torch.where(e <= delta, e * e / 2, delta * (e - delta / 2)).sum(1)
    if name == "gaussian":
        m, s = p.chunk(2, 1)
        return ((s + (t - m) ** 2 * torch.exp(-s)) / 2).sum(1)
    if name == "quantiles":
        levels = torch.tensor(arguments[0], **like)
        e = t[:, :, None] - p.view(len(p), -1, len(levels))
        return torch.maximum(levels * e, (levels - 1) * e).sum((1, 2))
    raise ValueError(name)


def predictions(spec, z):
    if spec["output"] == "softmax":
        return F.softmax(z, 1)
    return activate(spec["output"], z)


def data_loss(spec, z, t, w):
    losses = row_losses(spec, z, t)
    return losses.mean() if w is None else (w * losses).sum() / w.sum()


DEFINITIONS = {
    "softmax": "cross-entropy -sum_j w_j t_j log p_j; t: one-hot of the class id, smoothed to (1 - labelSmoothing) t + labelSmoothing / classes, or the row's probabilities; w: classWeights, else 1",
    "sigmoid": "sum over outputs of w1 t softplus(-z) + w0 (1 - t) softplus(z); t smoothed to t (1 - labelSmoothing) + labelSmoothing / 2; [w0, w1]: classWeights, else 1",
    "squared-error": "half the squared error, summed over outputs",
    "absolute-error": "|error|, summed over outputs",
    "huber": "e^2/2 if |e| <= delta (1 unless given), else delta (|e| - delta/2), summed over outputs",
    "poisson": "exp(z) - t z, summed over outputs; z: the sums before the exponential output",
    "gaussian": "(s + (t - m)^2 exp(-s)) / 2, summed over targets; the first half of the outputs are the means m, the second half the log variances s",
    "quantiles": "max(q (t - z), (q - 1) (t - z)), summed over targets and levels q; output target * levels + level",
}


def definition(spec):
    name = spec["output"] if "loss" not in spec else named(spec["loss"])[0]
    rows = "weighted mean over the rows of the batch, sum_i weights_i loss_i / sum_i weights_i" if "weights" in spec else "mean over the rows of the batch"
    return f"{DEFINITIONS[name]}; {rows}; plus l1*sum|W| + l2/2*sum W^2 over weights, not biases"


# ---------------------------------------------------------------------------------------------------------------------
# Optimizers


class Lion(torch.optim.Optimizer):
    """Chen et al., Symbolic Discovery of Optimization Algorithms, 2023."""

    def __init__(self, params, lr, betas, weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, (b1, b2), decay = group["lr"], group["betas"], group["weight_decay"]
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                update = torch.sign(b1 * m + (1 - b1) * p.grad)
                p -= lr * (update + decay * p)
                m.mul_(b2).add_(p.grad, alpha=1 - b2)


def optimizer_of(spec, net):
    """PyTorch's, a group of parameters for the weights of each layer and one for the rest of the layer."""
    o = spec["optimizer"]
    rates = spec.get("layerRates", [1.0] * len(net.W))
    groups = []
    for l, rate in enumerate(rates):
        weights = dict(params=[net.W[l]], lr=o["learningRate"] * rate)
        others = dict(params=net.others(l), lr=o["learningRate"] * rate)
        if "weightDecay" in o:
            weights["weight_decay"], others["weight_decay"] = o["weightDecay"], 0.0
        groups += [weights, others] if others["params"] else [weights]
    betas = (o.get("beta1"), o.get("beta2"))
    lr = o["learningRate"]
    name = o["name"]
    if name == "sgd":
        return torch.optim.SGD(groups, lr, momentum=o.get("momentum", 0), nesterov=o.get("nesterov", False))
    if name == "adam":
        return torch.optim.Adam(groups, lr, betas=betas, eps=o["epsilon"], amsgrad=o.get("amsgrad", False))
    if name == "adamw":
        return torch.optim.AdamW(groups, lr, betas=betas, eps=o["epsilon"], amsgrad=o.get("amsgrad", False))
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, lr, alpha=o["decay"], eps=o["epsilon"], momentum=o["momentum"], centered=o["centered"])
    if name == "adagrad":
        return torch.optim.Adagrad(groups, lr, eps=o["epsilon"], initial_accumulator_value=o["initialAccumulator"])
    if name == "nadam":
        # Without foreach, 1.13 counts the update's own momentum twice in the product for the next one; PyTorch 2 does not.
        return torch.optim.NAdam(groups, lr, betas=betas, eps=o["epsilon"], momentum_decay=o["momentumDecay"], foreach=True)
    if name == "lion":
        return Lion(groups, lr, betas)
    raise ValueError(name)


# ---------------------------------------------------------------------------------------------------------------------
# The net


class Net:
    def __init__(self, spec, start, dtype=D):
        self.spec = spec
        take = lambda values: [v.detach().clone().to(dtype) for v in values]
        self.W, self.b = take(start["W"]), take(start["b"])
        self.gain, self.shift = take(start.get("gain", [])), take(start.get("shift", []))
        self.mean, self.variance = take(start.get("mean", [])), take(start.get("variance", []))
        self.has_bias = bias_list(spec)
        for l in range(len(self.W)):
            for p in [self.W[l], *self.others(l)]:
                p.requires_grad_()

    def others(self, l):
        """What a layer learns besides its weights."""
        learned = [self.b[l]] if self.has_bias[l] else []
        return learned + ([self.gain[l], self.shift[l]] if l < len(self.gain) else [])

    def parameters(self):
        return [p for l in range(len(self.W)) for p in [self.W[l], *self.others(l)]]

    def sums(self, x, training, watch=None):
        """The last layer's sums, before the output."""
        kind = self.spec.get("normalization")
        for l, (W, b) in enumerate(zip(self.W, self.b)):
            x = x @ W + b
            if l == len(self.W) - 1:
                return x
            if kind == "batch":
                x = F.batch_norm(x, self.mean[l], self.variance[l], self.gain[l], self.shift[l], training, 0.1, 1e-5)
            elif kind == "layer":
                x = F.layer_norm(x, x.shape[1:], self.gain[l], self.shift[l], 1e-5)
            if watch is not None:
                watch.append(x.detach().flatten())
            x = activate(self.spec["activation"], x)

    def penalty(self):
        total = 0.0
        for key, of in (("l1", lambda W: W.abs().sum()), ("l2", lambda W: (W * W).sum() / 2)):
            given = self.spec.get(key, 0)
            for factor, W in zip(given if isinstance(given, list) else [given] * len(self.W), self.W):
                if factor:
                    total = total + factor * of(W)
        return total

    def now(self):
        kinds = ["W", "b"] + (["gain", "shift"] if self.gain else []) + (["mean", "variance"] if self.mean else [])
        return {kind: [v.detach().clone() for v in getattr(self, kind)] for kind in kinds}


def bias_list(spec):
    given = spec.get("bias", True)
    return given if isinstance(given, list) else [given] * (len(spec["layers"]) - 1)


def run(spec, start, data, dtype=D, noise=None, backwards=False):
    """One training run."""
    x, t = data["X"].to(dtype), data["y"].to(dtype)
    w = data["weights"].to(dtype) if "weights" in data else None
    if noise is not None:
        off = lambda v: v * (1 + 1e-6 * (2 * torch.rand(v.shape, generator=noise) - 1))
        start = {kind: [off(v) for v in values] for kind, values in start.items()}
        x = off(x)
    net = Net(spec, start, dtype)
    optimizer = optimizer_of(spec, net)
    losses, average, watch = [], None, []
    batch, rows = spec["batch"], spec["rows"]
    for s in range(spec["steps"]):
        order = torch.tensor([(s * batch + j) % rows for j in range(batch)])
        if backwards:
            order = order.flip(0)
        optimizer.zero_grad()
        z = net.sums(x[order], True, watch)
        loss = data_loss(spec, z, t[order], None if w is None else w[order]) + net.penalty()
        loss.backward()
        losses.append(loss.item())
        if "clipValue" in spec:
            torch.nn.utils.clip_grad_value_(net.parameters(), spec["clipValue"])
        optimizer.step()
        with torch.no_grad():
            if "maxNorm" in spec:
                for W in net.W:
                    lengths = W.norm(dim=0)
                    W *= torch.where(lengths > spec["maxNorm"], spec["maxNorm"] / lengths, torch.ones_like(lengths))
            if "average" in spec:
                new = net.now()
                if average is None:
                    average = new
                else:
                    d = spec["average"]
                    average = {k: [d * a + (1 - d) * n for a, n in zip(average[k], new[k])] for k in ("W", "b")}
    with torch.no_grad():
        z = net.sums(x, False)
        result = dict(losses=losses, finalDataLoss=data_loss(spec, z, t, w).item(), final=net.now(), predictions=predictions(spec, z))
    if average is not None:
        result["averaged"] = average
    result["watch"] = torch.cat(watch) if watch else torch.zeros(0)
    return result


# ---------------------------------------------------------------------------------------------------------------------
# Starts


def float32(values):
    return values.to(torch.float32).to(D)


def dyadic(values, of=256):
    """Rounded to 256ths: short in JSON, exact in float32."""
    return torch.round(values * of) / of


def draw(spec, seed):
    g = torch.Generator().manual_seed(seed)
    normal = lambda *shape: torch.randn(*shape, generator=g)
    layers, rows = spec["layers"], spec["rows"]
    bias_spread, weight_spread = spec.get("_bias", 0.5), spec.get("_weights", 1.0)
    W = [float32(normal(a, b) * weight_spread / math.sqrt(a)) for a, b in zip(layers, layers[1:])]
    b = [float32(normal(n) * bias_spread) if has else torch.zeros(n) for n, has in zip(layers[1:], bias_list(spec))]
    start = dict(W=W, b=b)
    if "normalization" in spec:
        start["gain"] = [float32(1 + 0.3 * normal(n)) for n in layers[1:-1]]
        start["shift"] = [float32(0.5 * normal(n)) for n in layers[1:-1]]
        if spec["normalization"] == "batch":
            start["mean"] = [torch.zeros(n) for n in layers[1:-1]]
            start["variance"] = [torch.ones(n) for n in layers[1:-1]]
    data = dict(X=dyadic(normal(rows, layers[0])))
    kind = spec.get("_targets", {"softmax": "ids", "sigmoid": "bits"}.get(spec["output"], "numbers"))
    outputs = layers[-1]
    if kind == "ids":
        y = torch.randint(outputs, (rows, 1), generator=g).to(D)
    elif kind == "bits":
        y = torch.randint(2, (rows, outputs), generator=g).to(D)
    elif kind == "numbers":
        y = dyadic(normal(rows, outputs))
    elif kind == "half":
        y = dyadic(normal(rows, outputs // 2))
    elif kind == "levels":
        y = dyadic(normal(rows, outputs // len(spec["loss"]["quantiles"])))
    elif kind == "counts":
        y = torch.poisson(torch.full((rows, outputs), 1.5), generator=g)
    elif kind == "unit":
        y = torch.randint(65, (rows, outputs), generator=g).to(D) / 64
    elif kind == "probabilities":
        # 64 marbles into the classes: multiples of 1/64 that sum to 1 exactly.
        cuts = torch.sort(torch.randint(65, (rows, outputs - 1), generator=g), 1).values
        edges = torch.cat([torch.zeros(rows, 1), cuts.to(D), torch.full((rows, 1), 64.0)], 1)
        y = (edges[:, 1:] - edges[:, :-1]) / 64
    else:
        raise ValueError(kind)
    data["y"] = y
    if spec.get("weights"):
        data["weights"] = torch.randint(1, 13, (rows,), generator=g).to(D) / 4
        data["weights"][rows // 3] = 0
    return start, data


# ---------------------------------------------------------------------------------------------------------------------
# One trace


def gap(a, b):
    return max((x.to(D) - y.to(D)).abs().max().item() for k in a for x, y in zip(a[k], b[k]) if x.numel())


def off_by(result, wanted):
    """How far a run is from another: losses relatively (those below 0.3 to 0.3), predictions above 1 too, the rest absolutely."""
    losses = max(abs(a - b) / max(abs(b), 0.3) for a, b in zip(result["losses"], wanted["losses"]))
    weights = gap(result["final"], wanted["final"])
    values = (result["predictions"].to(D) - wanted["predictions"]).abs() / wanted["predictions"].abs().clamp(min=1)
    return losses, weights, values.max().item()


def branches_hit(spec, watch):
    if "_all_branches" not in spec:
        return True
    edges = torch.tensor([-math.inf, *map(float, BRANCHES[named(spec["activation"])[0]]), math.inf])
    return all(((watch > a) & (watch < b)).double().mean() > 0.02 for a, b in zip(edges, edges[1:]))


def followed_by_float32(spec, start, data, wanted):
    worst = (0.0, 0.0, 0.0)
    for backwards in (False, True):
        errors = off_by(run(spec, start, data, torch.float32, backwards=backwards), wanted)
        worst = tuple(map(max, worst, errors))
        if errors[0] > 6e-7 or errors[1] > 1.5e-6 or errors[2] > 1.5e-6 or not all(map(math.isfinite, errors)):
            return None
    for seed in range(3):
        errors = off_by(run(spec, start, data, noise=torch.Generator().manual_seed(seed)), wanted)
        if errors[0] > 1e-5 or errors[1] > 2e-5 or errors[2] > 2e-5:
            return None
    return worst


def flat(v):
    return v.flatten().tolist()


def short(values):
    """Whole numbers without their .0."""
    return [int(v) if v == int(v) else v for v in values]


def write(name, value):
    text = json.dumps(value, allow_nan=False)
    (FOLDER / f"{name}.json").write_text(text + "\n")
    return len(text) + 1


def trace(name, control=None, **spec):
    spec = dict(layers=[4, 6, 5, 3], activation="tanh", output="softmax", optimizer=dict(name="sgd", learningRate=0.1), l1=0, l2=0, batch=10, steps=16, rows=24) | spec
    for attempt in range(200):
        seed = zlib.crc32(name.encode()) % 1000 * 1000 + attempt
        start, data = draw(spec, seed)
        wanted = run(spec, start, data)
        if not branches_hit(spec, wanted["watch"]):
            continue
        errors = followed_by_float32(spec, start, data, wanted)
        if errors is None:
            continue
        if control is not None:
            other = {k: v for k, v in (spec | control).items() if v is not None}
            plain = run(other, start, {k: v for k, v in data.items() if k in ("X", "y") or other.get(k)})
            if gap(plain["final"], wanted["final"]) < 1e-3:
                continue
        break
    else:
        raise SystemExit(f"{name}: no seed found")
    public = {k: v for k, v in spec.items() if not k.startswith("_") and k not in ("batch", "steps", "rows", "weights")}
    lists = lambda parameters: {kind: [flat(v) for v in values] for kind, values in parameters.items()}
    file = dict(name=name, program="make.py", torch=torch.__version__, seed=seed) | public
    file |= dict(
        schedule=dict(type="constant"), batch=spec["batch"], steps=spec["steps"],
        batches="step s takes the rows (s*batch + j) mod rows, j = 0..batch-1, in that order", rows=spec["rows"],
        definition=definition(spec), initial=lists(start), X=short(flat(data["X"])), y=short(flat(data["y"])),
    )
    if "weights" in data:
        file["weights"] = short(flat(data["weights"]))
    file |= dict(losses=wanted["losses"], finalDataLoss=wanted["finalDataLoss"], final=lists(wanted["final"]))
    if "averaged" in wanted:
        file["averaged"] = lists({k: wanted["averaged"][k] for k in ("W", "b")})
    file["predictions"] = flat(wanted["predictions"])
    size = write(name, file)
    print(f"{name:42} {size:6} bytes, seed {attempt:3}, float32 off by {errors[0]:.0e} {errors[1]:.0e} {errors[2]:.0e}")
    assert size < 20000, name


def gradients():
    """Derivatives of the data loss at the initial parameters, by the inputs and by all parameters."""
    nets = []
    for name, spec in (
        ("softmax", dict(layers=[4, 6, 5, 3], activation="tanh", output="softmax", rows=12)),
        ("linear", dict(layers=[4, 7, 2], activation="sigmoid", output="linear", loss="squared-error", rows=12)),
    ):
        start, data = draw(spec, 77)
        net = Net(spec, start)
        x = data["X"].clone().requires_grad_()
        loss = data_loss(spec, net.sums(x, True), data["y"], None)
        loss.backward()
        nets.append(dict(name=name) | spec | dict(
            definition=definition(spec).split("; plus")[0],
            initial=dict(W=[flat(v) for v in start["W"]], b=[flat(v) for v in start["b"]]),
            X=short(flat(data["X"])), y=short(flat(data["y"])), dataLoss=loss.item(),
            gradients=dict(W=[flat(v.grad) for v in net.W], b=[flat(v.grad) for v in net.b], X=flat(x.grad)),
        ))
    about = "derivatives of the loss (mean over all rows) at the initial parameters: by weights and biases (of their shapes) and by the inputs X ([rows, inputs]; they too are of the mean, 1/rows of each row's own)"
    size = write("gradients", dict(program="make.py", torch=torch.__version__, about=about, nets=nets))
    print(f"gradients {size} bytes")


def functions():
    """Activations and their derivatives at points."""
    points = sorted({
        *(sign * v for sign in (-1.0, 1.0) for v in (
            1e-30, 1e-10, 1e-5, 1e-3, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0,
            9.0, 12.0, 17.0, 21.0, 30.0, 60.0, 88.0, 100.0, 1000.0, 1e10)),
        # Beside the corners of hard-tanh, hard-sigmoid and relu6, the next numbers of float32.
        1 - 2.0**-24, 1 + 2.0**-23, -1 + 2.0**-24, -1 - 2.0**-23, 3 - 2.0**-22, -3 + 2.0**-22, 6 - 2.0**-21, 6 + 2.0**-21,
    })
    points = [v for p in points for v in ([-0.0, 0.0, p] if p == 1e-30 else [p])]
    x = float32(torch.tensor(points))
    listed = [n for n in ACTIVATIONS if n not in ("linear", "tanh", "sigmoid")]
    listed[listed.index("leaky-relu") + 1:listed.index("leaky-relu") + 1] = [{"leaky-relu": 0.2}]
    listed[listed.index("elu") + 1:listed.index("elu") + 1] = [{"elu": 1.5}]
    entries = []
    held = lambda values: [v if abs(v) <= torch.finfo(torch.float32).max else None for v in values]
    for option in listed:
        at = x.clone().requires_grad_()
        value = activate(option, at)
        value.sum().backward()
        entries.append(dict(activation=option, values=held(short_zero(flat(value))), derivatives=held(short_zero(flat(at.grad)))))
    about = "activations at x (held by float32), and their derivatives by autograd; at a corner what PyTorch takes; null where float32 does not hold the value"
    size = write("functions", dict(program="make.py", torch=torch.__version__, about=about, x=flat(x), functions=entries))
    print(f"functions {size} bytes, {len(points)} points")


def short_zero(values):
    return [int(v) if v in (1.0,) or (v == 0 and math.copysign(1, v) > 0) else v for v in values]


# ---------------------------------------------------------------------------------------------------------------------
# All of them

SGD = lambda rate, **more: dict(optimizer=dict(name="sgd", learningRate=rate, **more))
ADAM = dict(beta1=0.9, beta2=0.999, epsilon=1e-8)


def everything():
    jobs = []
    add = lambda name, **spec: jobs.append((name, lambda: trace(name, **spec)))

    for option in ("relu", "leaky-relu", {"leaky-relu": 0.2}, "elu", {"elu": 1.5}, "selu", "gelu", "gelu-tanh", "silu", "mish",
                   "softplus", "softsign", "hard-sigmoid", "hard-tanh", "relu6", "exponential"):
        name, arguments = named(option)
        wide = {"hard-sigmoid": dict(_bias=3.0, _weights=1.5), "relu6": dict(_bias=4.0, _weights=1.5), "exponential": dict(_bias=0.5, _weights=0.5)}
        add("-".join(["activation", name, *map(str, arguments)]), activation=option, _all_branches=True, **(dict(_bias=1.5) | wide.get(name, {})))

    for output in ("tanh", "softplus", "relu", "leaky-relu", "exponential", "hard-sigmoid", "gelu"):
        wide = {"hard-sigmoid": 2.0}
        add(f"output-{output}", output=output, loss="squared-error", _bias=wide.get(output, 0.7), control=dict(output="linear"), **SGD(0.05))
    add("output-softplus-huber", output="softplus", loss={"huber": 0.5}, control=dict(loss="huber"), **SGD(0.05))

    linear = dict(output="linear") | SGD(0.05)
    squared = dict(loss="squared-error")
    add("loss-absolute-error", loss="absolute-error", control=squared, **linear)
    add("loss-huber", loss="huber", control=squared, **linear)
    add("loss-huber-0.5", loss={"huber": 0.5}, control=dict(loss="huber"), **linear)
    add("loss-poisson", output="exponential", loss="poisson", _targets="counts", control=squared, **SGD(0.05))
    add("loss-gaussian", layers=[4, 6, 5, 4], output="linear", loss="gaussian", _targets="half", **SGD(0.05))
    add("loss-quantiles", layers=[4, 6, 5, 6], output="linear", loss={"quantiles": [0.1, 0.5, 0.9]}, _targets="levels",
        control=dict(loss={"quantiles": [0.2, 0.5, 0.9]}), **SGD(0.05))
    add("loss-quantiles-one-target", layers=[5, 7, 2], output="linear", loss={"quantiles": [0.05, 0.75]}, _targets="levels", **SGD(0.05))
    add("softmax-soft-targets", _targets="probabilities", layers=[4, 6, 4])
    add("softmax-soft-targets-class-weights", _targets="probabilities", classWeights=[0.5, 1, 2.25], control=dict(classWeights=None))
    add("softmax-label-smoothing", labelSmoothing=0.1, control=dict(labelSmoothing=None))
    add("softmax-class-weights", classWeights=[0.5, 1, 2.25], control=dict(classWeights=None))
    add("softmax-label-smoothing-class-weights", labelSmoothing=0.1, classWeights=[0.5, 1, 2.25], control=dict(labelSmoothing=None))
    add("sigmoid-soft-targets", output="sigmoid", _targets="unit")
    add("sigmoid-label-smoothing", output="sigmoid", labelSmoothing=0.1, control=dict(labelSmoothing=None))
    add("sigmoid-class-weights", output="sigmoid", classWeights=[0.75, 2.5], control=dict(classWeights=None))
    add("sigmoid-label-smoothing-class-weights", output="sigmoid", labelSmoothing=0.1, classWeights=[0.75, 2.5], control=dict(labelSmoothing=None))
    unweighted = dict(weights=None)
    add("weights-softmax", weights=True, control=unweighted)
    add("weights-softmax-class-weights", weights=True, classWeights=[0.5, 1, 2.25], l2=0.01, control=unweighted)
    add("weights-sigmoid", output="sigmoid", weights=True, control=unweighted)
    add("weights-linear", weights=True, loss="squared-error", control=unweighted, **linear)

    def optimizer(file, control=None, more={}, **constants):
        plain = None if control is None else dict(optimizer={k: v for k, v in (constants | control).items() if v is not None})
        add(f"optimizer-{file}", optimizer=constants, control=plain, **more)

    optimizer("adamw", name="adamw", learningRate=0.02, **ADAM, weightDecay=0.01, control=dict(name="adam", weightDecay=None), more=dict(steps=20))
    optimizer("adamw-strong", name="adamw", learningRate=0.02, **ADAM, weightDecay=0.5, control=dict(name="adam", weightDecay=None))
    quick = ADAM | dict(beta2=0.8)
    optimizer("adam-amsgrad", name="adam", learningRate=0.02, **quick, amsgrad=True, control=dict(amsgrad=False))
    optimizer("adamw-amsgrad", name="adamw", learningRate=0.02, **quick, weightDecay=0.1, amsgrad=True, control=dict(amsgrad=False))
    rms = dict(name="rmsprop", learningRate=0.01, decay=0.99, epsilon=1e-8)
    optimizer("rmsprop", **rms, momentum=0, centered=False)
    optimizer("rmsprop-momentum", **rms, momentum=0.9, centered=False, control=dict(momentum=0))
    optimizer("rmsprop-centered", **rms, momentum=0, centered=True, control=dict(centered=False))
    optimizer("rmsprop-centered-momentum", **rms, momentum=0.9, centered=True, control=dict(centered=False))
    ada = dict(name="adagrad", learningRate=0.05, epsilon=1e-10)
    optimizer("adagrad", **ada, initialAccumulator=0)
    optimizer("adagrad-initial-accumulator", **ada, initialAccumulator=0.1, control=dict(initialAccumulator=0))
    optimizer("nadam", name="nadam", learningRate=0.01, **ADAM, momentumDecay=0.004, control=dict(name="adam"))
    lion = dict(name="lion", learningRate=0.01, beta1=0.9, beta2=0.99)
    optimizer("lion", **lion)
    optimizer("lion-weight-decay", **lion, weightDecay=0.1, control=dict(weightDecay=None))

    add("clip-value", clipValue=0.05, control=dict(clipValue=None), **SGD(0.3))
    add("clip-value-adam", clipValue=0.05, l2=0.2, control=dict(clipValue=None), optimizer=dict(name="adam", learningRate=0.02, **ADAM))
    add("max-norm", maxNorm=0.9, control=dict(maxNorm=None), **SGD(0.3))
    add("max-norm-momentum", maxNorm=0.8, l2=0.01, activation="relu", control=dict(maxNorm=None), **SGD(0.1, momentum=0.9))
    add("layer-rates", layerRates=[0.5, 0, 1], l2=0.01, control=dict(layerRates=None), **SGD(0.2, momentum=0.9))
    add("layer-rates-adamw", layerRates=[0.5, 0, 1], control=dict(layerRates=None), optimizer=dict(name="adamw", learningRate=0.02, **ADAM, weightDecay=0.1))
    add("layer-penalties", l1=[0.01, 0, 0.002], l2=[0, 0.05, 0.01], control=dict(l1=0), **SGD(0.1))
    add("no-bias", bias=False, control=dict(bias=True), **SGD(0.2))
    add("no-bias-in-some", bias=[False, True, False], activation="relu", control=dict(bias=True), optimizer=dict(name="adam", learningRate=0.02, **ADAM))
    add("average", average=0.9, **SGD(0.2, momentum=0.9))
    add("average-adam", average=0.75, activation="relu", optimizer=dict(name="adam", learningRate=0.02, **ADAM))

    for kind in ("batch", "layer"):
        for activation in ("relu", "gelu"):
            add(f"normalization-{kind}-{activation}-sgd", normalization=kind, activation=activation, steps=14, **SGD(0.1))
            # Biases before a batch normalization do nothing; their gradient is 0 but for rounding, of which Adam makes steps.
            bare = dict(bias=[False, False, True]) if kind == "batch" else {}
            add(f"normalization-{kind}-{activation}-adam", normalization=kind, activation=activation, steps=14, **bare,
                optimizer=dict(name="adam", learningRate=0.02, **ADAM))

    jobs.append(("gradients", gradients))
    jobs.append(("functions", functions))
    words = sys.argv[1:]
    for name, job in jobs:
        if not words or any(word in name for word in words):
            job()


if __name__ == "__main__":
    everything()

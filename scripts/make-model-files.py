"""Writes tests/models/elsewhere/: files as Keras (2.15, 3.8) and PyTorch write them, and answers in float64.

    /usr/bin/python3 scripts/make-model-files.py     (Debian: python3-h5py python3-torch)

Keras is in no distribution of Debian: the layout of its files is that of keras/src/saving (saving_lib.py, legacy_h5_format.py), written by h5py
as Keras does. PyTorch's files are its own. answers.json says of each file what it answers to its rows.
"""
import io, json, os, zipfile
import h5py, numpy as np, torch

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "models", "elsewhere")
os.makedirs(HERE, exist_ok=True)
random = np.random.default_rng(1)
answers = {}

def draw(*shape):
    return (random.normal(size=shape) / np.sqrt(shape[0])).astype("float32")

ACTIVATIONS = {
    "linear": lambda x: x, "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),
    "hard_sigmoid_2": lambda x: np.clip(0.2 * x + 0.5, 0, 1), "hard_sigmoid_3": lambda x: np.clip(x / 6 + 0.5, 0, 1),
}

class Layer:
    """A layer: its class, its configuration, its weights by name, and what it does in float64."""
    def __init__(self, kind, name, config, weights=(), run=lambda x: x, layers=None, input_shape=None):
        self.kind, self.name, self.config, self.weights, self.run = kind, name, {"name": name, **config}, list(weights), run
        self.layers, self.input_shape = layers, input_shape

def dense(name, inputs, units, activation="linear", bias=True, scale=1, version=3):
    kernel, offset = draw(inputs, units) * scale, draw(units)
    apply = ACTIVATIONS[f"{activation}_{version}" if activation == "hard_sigmoid" else activation]
    weights = [("kernel", kernel)] + ([("bias", offset)] if bias else [])
    k, b = kernel.astype("float64"), offset.astype("float64") * bias
    return Layer("Dense", name, {"units": units, "activation": activation, "use_bias": bias}, weights, lambda x: apply(x @ k + b), input_shape=[None, inputs])

def batch(name, units):
    gamma, beta, mean, variance = draw(units) + 1, draw(units), draw(units), np.abs(draw(units)) + 0.1
    g, b, m, v = (a.astype("float64") for a in (gamma, beta, mean, variance))
    weights = [("gamma", gamma), ("beta", beta), ("moving_mean", mean), ("moving_variance", variance)]
    return Layer("BatchNormalization", name, {"axis": -1, "momentum": 0.99, "epsilon": 0.001, "center": True, "scale": True}, weights,
                 lambda x: (x - m) / np.sqrt(v + 0.001) * g + b)

def normalization(name, mean, variance, given=False):
    mean, variance = np.array(mean, "float32"), np.array(variance, "float32")
    m, v = mean.astype("float64"), variance.astype("float64")
    weights = [] if given else [("mean", mean), ("variance", variance), ("count", np.array(99, "int64"))]
    config = {"axis": [-1], "invert": False, "mean": mean.tolist() if given else None, "variance": variance.tolist() if given else None}
    return Layer("Normalization", name, config, weights, lambda x: (x - m) / np.maximum(np.sqrt(v), 1e-7))

rescaling = lambda name, scale, offset: Layer("Rescaling", name, {"scale": scale, "offset": offset}, run=lambda x: x * scale + offset)
dropout = lambda name: Layer("Dropout", name, {"rate": 0.5, "seed": None}, [("seed_generator_state", np.array([7, 1], "uint32"))])
activation = lambda name, kind: Layer("Activation", name, {"activation": kind}, run=ACTIVATIONS[kind])
leaky = lambda name, slope: Layer("LeakyReLU", name, {"negative_slope": slope}, run=lambda x: np.where(x > 0, x, slope * x))
flatten = lambda name: Layer("Flatten", name, {"data_format": "channels_last"}, run=lambda x: x.reshape(len(x), -1))
nested = lambda name, layers, functional=False: Layer("Functional" if functional else "Sequential", name, {}, run=lambda x: run(layers, x), layers=layers)

def run(layers, x):
    for layer in layers:
        x = layer.run(x)
    return x

POLICY = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}

def entry(layer, version):
    """A layer as get_config and serialize_keras_object have it."""
    if layer.layers is not None:
        inner = chain(layer.layers, layer.name, version) if layer.kind == "Functional" else stack(layer.layers, layer.name, version)
        return {"module": "keras", "class_name": layer.kind, "config": inner, "registered_name": layer.kind}
    config = {**layer.config, "trainable": True, "dtype": POLICY if version == 3 else "float32"}
    full = {"class_name": layer.kind, "config": config}
    return {"module": "keras.layers", **full, "registered_name": None, "build_config": {"input_shape": layer.input_shape}} if version == 3 else full

def shape_key(version):
    return "batch_shape" if version == 3 else "batch_input_shape"

def input_layer(shape, version, name="input_layer"):
    return {"class_name": "InputLayer", "config": {shape_key(version): [None, *shape], "dtype": "float32", "name": name}, **({"module": "keras.layers", "registered_name": None} if version == 3 else {})}

def first_shape(layers):
    first = layers[0]
    return first_shape(first.layers) if first.layers is not None else first.shape

def stack(layers, name, version):
    return {"name": name, "trainable": True, "layers": [input_layer(first_shape(layers), version, f"{name}_input"), *[entry(l, version) for l in layers]], "build_input_shape": [None, *first_shape(layers)]}

def chain(layers, name, version):
    """A Functional model: each layer says which it follows."""
    before, listed = f"{name}_input", []
    first = input_layer(first_shape(layers), version, before)
    listed.append({**first, "name": before, "inbound_nodes": []})
    for layer in layers:
        tensor = {"class_name": "__keras_tensor__", "config": {"shape": [None, 1], "dtype": "float32", "keras_history": [before, 0, 0]}}
        kwargs = {"training": False} if layer.kind == "Dropout" else {}
        node = {"args": [tensor], "kwargs": kwargs} if version == 3 else [[before, 0, 0, kwargs]]
        listed.append({**entry(layer, version), "name": layer.name, "inbound_nodes": [node]})
        before = layer.name
    ends = lambda at: [at, 0, 0] if version == 3 else [[at, 0, 0]]
    return {"name": name, "trainable": True, "layers": listed, "input_layers": ends(f"{name}_input"), "output_layers": ends(before)}

def model(layers, functional, version):
    kind = "Functional" if functional else "Sequential"
    config = (chain if functional else stack)(layers, "model", version)
    return {"module": "keras", "class_name": kind, "config": config, "registered_name": kind, "build_config": {"input_shape": [None, *first_shape(layers)]}}

def snake(name):
    return {"Dense": "dense", "BatchNormalization": "batch_normalization", "LeakyReLU": "leaky_re_lu"}.get(name, name.lower())

# h5py cuts into chunks what it packs; these are no divisors of the sizes.
PACKING = {
    "gzip": lambda shape: {"compression": "gzip", "chunks": tuple(max(1, n // 2 + 1) for n in shape)},
    "all": lambda shape: {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": tuple(min(n, 2) for n in shape)},
    "chunks": lambda shape: {"chunks": tuple(min(n, 3) for n in shape)},
    "lzf": lambda shape: {"compression": "lzf"},
}

def put(group, name, value, packing=None):
    group.create_dataset(name, data=value, **(PACKING[packing](value.shape) if packing and value.shape else {}))

def store(group, layers, functional, dtype, packing=None):
    """saving_lib.py: groups by class, numbered; vars by number."""
    used = {}
    if functional:
        group.create_group("layers/input_layer/vars")
    for layer in layers:
        name = snake(layer.kind)
        used[name] = used.get(name, -1) + 1
        own = group.create_group(f"layers/{name}{f'_{used[name]}' if used[name] else ''}")
        if layer.layers is not None:
            store(own, layer.layers, layer.kind == "Functional", dtype, packing)
        elif layer.kind == "Dropout":
            own.create_group("vars")
            own["seed_generator/vars/0"] = layer.weights[0][1]
        else:
            variables = own.create_group("vars")
            for i, (_, value) in enumerate(layer.weights):
                put(variables, str(i), value.astype(dtype) if value.dtype == "float32" else value, packing)

def remember(file, layers, width, **more):
    shape = first_shape(layers)
    x = (random.normal(size=(5, *shape)) * more.pop("spread", 1) + more.pop("middle", 0)).astype("float32")
    y = run(layers, x.astype("float64"))
    answers[file] = {"x": x.reshape(5, -1).tolist(), "y": y.tolist(), **more}

def shaped(layers, *shape):
    layers[0].shape = list(shape)
    return layers

def write_keras(file, layers, functional=False, packed=False, dtype="float32", version="3.8.0", libver=None, packing=None, **more):
    data = io.BytesIO()
    with h5py.File(data, "w", **({"libver": libver} if libver else {})) as h5:
        store(h5, layers, functional, dtype, packing)
    with zipfile.ZipFile(os.path.join(HERE, file), "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in [("metadata.json", json.dumps({"keras_version": version, "date_saved": "2025-01-01@00:00:00"})),
                              ("config.json", json.dumps(model(layers, functional, 3))), ("model.weights.h5", data.getvalue())]:
            archive.writestr(zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0)), content, archive.compression)
    remember(file, layers, 5, **more)

def weights_of(layer, prefix=""):
    if layer.layers is not None:
        return [pair for inner in layer.layers for pair in weights_of(inner, prefix)]
    return [(f"{prefix}{layer.name}/{name}", value) for name, value in layer.weights if name not in ("seed_generator_state",)]

def write_h5(file, layers, functional=False, version=2, config=True, packing=None, told=True, **more):
    with h5py.File(os.path.join(HERE, file), "w") as h5:
        full = "2.15.0" if version == 2 else "3.8.0"
        h5.attrs["keras_version"] = full.encode("utf8")
        h5.attrs["backend"] = b"tensorflow"
        group = h5
        if config:
            h5.attrs["model_config"] = json.dumps(model(layers, functional, version)).encode("utf8")
            h5.attrs["training_config"] = json.dumps({"loss": "mse"})
            group = h5.create_group("model_weights")
        group.attrs["layer_names"] = [layer.name.encode("utf8") for layer in layers]
        for layer in layers:
            own = group.create_group(layer.name)
            pairs = weights_of(layer, "" if version == 2 else "model/")
            names = [f"{name}:0" if version == 2 else name for name, _ in pairs]
            own.attrs["weight_names"] = [name.encode("utf8") for name in names]
            for name, (_, value) in zip(names, pairs):
                put(own, name, value, packing)
    if config and told:
        remember(file, layers, 5, **more)

write_keras("sequential.keras", shaped([normalization("n", [1, -2, 30, 0.5], [4, 1, 100, 0.25]), dense("d", 4, 5), batch("b", 5), activation("a", "relu"),
            dropout("drop"), dense("d1", 5, 3, "softmax")], 4), spread=3)
write_keras("functional.keras", shaped([rescaling("r", 1 / 127.5, -1), flatten("f"), nested("inner", shaped([dense("d", 6, 5), leaky("l", 0.2), batch("b", 5)], 6)),
            dropout("drop"), nested("deep", shaped([dense("d", 5, 4, "tanh"), batch("b", 4)], 5), True), dense("o", 4, 2, "sigmoid", bias=False)], 2, 3),
            functional=True, packed=True, spread=60, middle=127)
write_keras("float64.keras", shaped([dense("d", 3, 4, "hard_sigmoid", scale=3), dense("o", 4, 1)], 3), dtype="float64")
write_keras("float16.keras", shaped([dense("d", 3, 4, "relu"), dense("o", 4, 1)], 3), dtype="float16", bound=2e-3)
write_keras("far.keras", shaped([normalization("n", [2000, 0.1], [100, 1]), dense("d", 2, 4, "relu"), dense("o", 4, 1)], 2), spread=10, middle=[2000, 0], scaling=True)
write_keras("given.keras", shaped([normalization("n", [20, 0.1], [100, 1], given=True), dense("d", 2, 4, "relu"), rescaling("out", 100.0, -5.0), leaky("end", 0.3)], 2), spread=10)
write_keras("newer.keras", shaped([dense("d", 3, 4, "relu"), dense("o", 4, 1)], 3), libver="latest")
write_h5("sequential-2.h5", shaped([dense("dense_3", 3, 6, "relu"), batch("batch_normalization", 6), dropout("drop"), dense("dense_4", 6, 4, "hard_sigmoid", scale=3, version=2), dense("dense_5", 4, 2)], 3))
write_h5("functional-3.h5", shaped([dense("dense", 3, 6, "relu"), nested("inner", shaped([dense("dense", 6, 4, "tanh")], 6)), dense("dense_1", 4, 2)], 3), functional=True, version=3)
write_h5("weights-only.h5", shaped([dense("dense", 3, 2)], 3), config=False)
write_keras("chunks.keras", shaped([dense("d", 5, 7, "relu"), batch("b", 7), dense("o", 7, 2)], 5), packing="chunks")
write_keras("gzip.keras", shaped([dense("d", 5, 7, "relu"), batch("b", 7), dense("o", 7, 2)], 5), packing="gzip", packed=True)
write_h5("all-filters.h5", shaped([dense("dense", 5, 7, "relu"), batch("batch_normalization", 7), dense("dense_1", 7, 2)], 5), packing="all")
write_h5("lzf.h5", shaped([dense("dense", 5, 64, "relu", scale=0), dense("dense_1", 64, 2)], 5), packing="lzf", told=False)
# Layers and models of one name: .keras numbers them by class, .h5 has each model's in its own group.
twins = lambda: shaped([nested("part", shaped([dense("same", 3, 4, "tanh"), dense("other", 4, 3)], 3)), nested("part_1", shaped([dense("same", 3, 4, "relu"), dense("other", 4, 3)], 3)),
            dense("same", 3, 2)], 3)
write_keras("twins.keras", twins(), functional=True)
write_h5("twins.h5", twins(), functional=True, version=3)

def write_torch(file, value, net=None, older=False):
    torch.save(value, os.path.join(HERE, file), _use_new_zipfile_serialization=not older)
    if net is not None:
        x = torch.randn(5, net[0].in_features, dtype=torch.float64)
        answers[file] = {"x": x.float().tolist(), "y": net.double()(x.float().double()).tolist()}

torch.manual_seed(1)
net = lambda: torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.ReLU(), torch.nn.Linear(6, 3))
for file, older in [("state-dict.pt", False), ("older.pt", True)]:
    own = net()
    write_torch(file, own.state_dict(), own, older)
own = net()
optimizer = torch.optim.Adam(own.parameters())
own(torch.randn(2, 4)).sum().backward(); optimizer.step()
write_torch("checkpoint.pt", {"epoch": 3, "model_state_dict": own.state_dict(), "optimizer_state_dict": optimizer.state_dict(), "loss": 0.25}, own)
own = net()
# Strides and storages that are shared: each layer a view of one tensor, the weight turned.
shared = torch.randn(60)
state = {"0.weight": shared[:24].reshape(4, 6).t(), "0.bias": shared[3:33:5], "2.weight": shared[40:58].reshape(3, 6), "2.bias": shared[57:]}
own.load_state_dict(state)
write_torch("views.pt", state, own)
own = net().half()
write_torch("half.pt", own.state_dict(), own)
own = net().bfloat16()
write_torch("bfloat16.pt", own.state_dict(), own)
own = net().double()
write_torch("double.pt", own.state_dict(), own)
write_torch("module.pt", net())
write_torch("batch-norm.pt", torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.BatchNorm1d(6)).state_dict())
torch.jit.script(net()).save(os.path.join(HERE, "script.pt"))
with open(os.path.join(HERE, "answers.json"), "w") as out:
    out.write("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in answers.items()) + "\n}\n")

# What the script of docs/moving-models.md writes of a small pipeline.
import re
from sklearn.compose import ColumnTransformer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
page = open(os.path.join(HERE, "..", "..", "..", "docs", "moving-models.md")).read()
exec(re.search(r"```python\n(.*?)```", page, re.S).group(1))
ages, sexes = np.arange(20, 60), np.where(np.arange(40) % 3 == 0, "female", "male")
rows = np.array(list(zip(sexes, ages)), dtype=object)
pipeline = make_pipeline(ColumnTransformer([("text", OneHotEncoder(), [0]), ("number", StandardScaler(), [1])]),
                         MLPClassifier(hidden_layer_sizes=(3,), max_iter=3000, random_state=1, learning_rate_init=0.02))
pipeline.fit(rows, np.where(sexes == "female", "survived", "drowned"))
save(type("Named", (), {"steps": pipeline.steps, "n_features_in_": 2, "feature_names_in_": ["sex", "age"]})(), os.path.join(HERE, "travellers.safetensors"))

"""Optuna's TPE on the functions of tests/study/functions.ts, as bench/study.ts prints them."""
import math, sys, warnings
import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P = [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]


def branin(x):
    a = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def hartmann(x):
    return -sum(al * math.exp(-sum(a * (v - 1e-4 * p) ** 2 for a, v, p in zip(A[i], x, P[i])))
                for i, al in enumerate([1, 1.2, 3, 3.2]))


def rosenbrock(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(len(x) - 1))


FUNCTIONS = {
    "branin": ([(-5, 10), (0, 15)], branin, 0.39788735772973816),
    "hartmann6": ([(0, 1)] * 6, hartmann, -3.322368011391339),
    "rosenbrock2": ([(-5, 10)] * 2, rosenbrock, 0),
    "rosenbrock4": ([(-5, 10)] * 4, rosenbrock, 0),
}


def quantile(values, share):
    return sorted(values)[int(share * (len(values) - 1))]


def spread(values):
    return "%.3g (%.3g to %.3g)" % tuple(quantile(values, share) for share in (0.5, 0.25, 0.75))


for name, (space, of, best) in FUNCTIONS.items():
    for label, options in [("", {}), (" multivariate", {"multivariate": True})]:
        regrets = [[], []]
        for seed in range(int(sys.argv[1])):
            study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, **options))
            study.optimize(lambda t: of([t.suggest_float(f"x{i}", *b) for i, b in enumerate(space)]), n_trials=100)
            scores = [trial.value for trial in study.trials]
            for list_, count in zip(regrets, (50, 100)):
                list_.append(min(scores[:count]) - best)
        print(name.ljust(12), f"Optuna {optuna.__version__}{label}".ljust(22), "  ".join(map(spread, regrets)))

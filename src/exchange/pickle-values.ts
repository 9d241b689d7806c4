/** What a pickle of PyTorch may hold, and what the functions that it names make here: data alone. */
import { show } from "../ground/check.js";
import type { Refuse } from "./refuser.js";

/** A function or a class that a pickle names; none is ever called. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

const NOTHING: ReadonlyMap<string, unknown> = new Map();

/** A dict or an OrderedDict: what it holds by its keys that are texts; others are counted alone. */
export class PickleDict {
  private own: Map<string, unknown> | undefined;
  others = 0;

  get items(): ReadonlyMap<string, unknown> {
    return this.own ?? NOTHING;
  }

  set(key: unknown, value: unknown): void {
    if (typeof key !== "string") this.others++;
    else {
      this.own ??= new Map();
      this.own.set(key, value);
    }
  }
}

/** Numbers in a row, as a file of its own or after the pickle. */
export class PickleStorage {
  constructor(
    readonly key: string,
    readonly type: StorageType,
    /** How many numbers. */
    readonly count: number,
  ) {}
}

export class PickleTensor {
  constructor(
    readonly storage: PickleStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** Bytes a number; those that are no floats are read over. */
const STORAGES = {
  ...{ FloatStorage: 4, DoubleStorage: 8, HalfStorage: 2, BFloat16Storage: 2 },
  ...{ LongStorage: 8, IntStorage: 4, ShortStorage: 2, CharStorage: 1, ByteStorage: 1, BoolStorage: 1 },
} as const;

export type StorageType = keyof typeof STORAGES;

export const storageWidth = (type: StorageType): number => STORAGES[type];

const STATE = "torch.save(model.state_dict(), path)";

/** A global by its module and its name. @throws Error naming one that is not on the list */
export function nameGlobal(module: unknown, name: unknown, refuse: Refuse): PickleGlobal {
  const full = `${module}.${name}`;
  const isStorage = module === "torch" && typeof name === "string" && Object.hasOwn(STORAGES, name);
  if (isStorage || Object.hasOwn(CALLS, full)) return new PickleGlobal(full);
  return refuse("hold a state dict: tensors by name", `the Python object ${show(full)}, which is not run here`, {
    remedy: `Save its tensors alone: ${STATE}.`,
  });
}

type Call = (args: readonly unknown[], refuse: Refuse) => unknown;

const CALLS: Readonly<Record<string, Call>> = {
  "collections.OrderedDict": (args, refuse) =>
    args.length === 0 ? new PickleDict() : refuse("hold empty OrderedDicts, filled later", "one with arguments"),
  "torch._utils._rebuild_tensor_v2": tensor,
  "torch._utils._rebuild_parameter": ([data], refuse) =>
    data instanceof PickleTensor ? data : refuse("hold tensors as its parameters", show(data)),
};

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function tensor([storage, offset, shape, strides, , , lazy]: readonly unknown[], refuse: Refuse): PickleTensor {
  // Bits that turn the numbers' signs: { neg: true }, { conj: true }.
  if (lazy instanceof PickleDict && [...lazy.items.values()].includes(true)) {
    refuse("hold tensors as they lie", show([...lazy.items.keys()]));
  }
  const isShape = (value: unknown): value is number[] =>
    Array.isArray(value) && value.length <= 8 && value.every(isWhole);
  if (
    !(storage instanceof PickleStorage) ||
    !isWhole(offset) ||
    !isShape(shape) ||
    !isShape(strides) ||
    shape.length !== strides.length
  ) {
    return refuse("describe tensors by storage, offset, shape and strides", show([storage, offset, shape, strides]));
  }
  // Copies: what is remembered could grow.
  return new PickleTensor(storage, offset, [...shape], [...strides]);
}

/** What a persistent id stands for: ("storage", torch.FloatStorage, key, place, count). */
export function readStorage(id: unknown, refuse: Refuse): PickleStorage {
  const [tag, global, key, , count] = Array.isArray(id) ? id : [];
  const type = global instanceof PickleGlobal ? (global.name.slice(6) as StorageType) : undefined;
  if (tag === "storage" && type && Object.hasOwn(STORAGES, type) && typeof key === "string" && isWhole(count)) {
    return new PickleStorage(key, type, count);
  }
  return refuse("keep its numbers in storages", show(id));
}

/** What REDUCE makes. */
export function call(global: unknown, args: unknown, refuse: Refuse): unknown {
  const own = global instanceof PickleGlobal && Object.hasOwn(CALLS, global.name) ? CALLS[global.name] : undefined;
  if (own && Array.isArray(args)) return own(args, refuse);
  return refuse("call what makes tensors alone", show(global instanceof PickleGlobal ? global.name : global));
}

/** The peers, and the process in which each of them works when it is asked to. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Peer {
  readonly name: string;
  /** How tables call it. */
  readonly title: string;
  /** Python's peers come from the machine and may be absent; npm's may not. */
  readonly python: boolean;
  /** How many threads it has, if not one. */
  readonly threads?: number;
}

export const PEERS: readonly Peer[] = [
  { name: "wasmlp", title: "wasmlp", python: false },
  { name: "plain", title: "plain JS", python: false },
  { name: "brain", title: "brain.js", python: false },
  { name: "tfjs-cpu", title: "tfjs cpu", python: false },
  { name: "tfjs-wasm", title: "tfjs wasm", python: false },
  { name: "ort-web", title: "onnxruntime-web", python: false },
  { name: "ort-node", title: "onnxruntime-node", python: false },
  { name: "sklearn", title: "scikit-learn", python: true },
  { name: "numpy", title: "numpy", python: true },
  { name: "torch", title: "PyTorch", python: true },
  { name: "wasmlp-turbo", title: "wasmlp turbo", python: false },
  { name: "wasmlp-2", title: "wasmlp turbo, 2 threads", python: false, threads: 2 },
  { name: "ort-node-2", title: "onnxruntime-node, 2 threads", python: false, threads: 2 },
  { name: "torch-2", title: "PyTorch, 2 threads", python: true, threads: 2 },
];

/** Debian's, whose packages are installed for it. */
const PYTHON = "/usr/bin/python3";
const CORE = cpus().length > 1 ? "1" : "0";
/** The core that all peers share, one at a time; undefined where `taskset` is not installed. */
export const PINNED = hasTaskset() ? CORE : undefined;

function hasTaskset(): boolean {
  try {
    execFileSync("taskset", ["-c", CORE, "true"]);
    return true;
  } catch {
    return false;
  }
}

/** One thread unless the peer has more, and OpenBLAS as it comes: no override of the processor it finds. */
function environment(threads: string): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...rest } = process.env;
  return {
    ...rest,
    OMP_NUM_THREADS: threads,
    OPENBLAS_NUM_THREADS: threads,
    MKL_NUM_THREADS: threads,
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

export class Worker {
  private waiting: ((answer: string) => void) | undefined;

  private constructor(
    readonly peer: Peer,
    private readonly child: ChildProcess,
  ) {
    const settle = (answer: string) => {
      this.waiting?.(answer);
      this.waiting = undefined;
    };
    createInterface({ input: child.stdout! }).on("line", (line) => {
      if (line.startsWith("> ")) settle(line.slice(2));
    });
    child.on("error", (error) => settle(`absent ${error.message}`));
    child.stdin!.on("error", () => settle("error the process has ended"));
    child.on("exit", (code, signal) => settle(`error the process ended with ${signal ?? code}`));
  }

  /** Starts a peer; `version` is what it says of itself, `absent` why it cannot work. */
  static async start(peer: Peer, folder: string): Promise<{ worker?: Worker; version?: string; absent?: string }> {
    const script = fileURLToPath(new URL(`workers/worker.${peer.python ? "py" : "mjs"}`, import.meta.url));
    const program = peer.python ? PYTHON : process.execPath;
    if (!existsSync(program)) return { absent: `no ${program}` };
    const command = [program, script, peer.name, folder];
    const { threads = 1 } = peer;
    if (PINNED !== undefined && threads === 1) command.unshift("taskset", "-c", PINNED);
    // What peers print of themselves (banners, advice) is not this bench's.
    const stdio = ["pipe", "pipe", process.env.PEERS_DEBUG ? "inherit" : "ignore"] as const;
    const child = spawn(command[0], command.slice(1), { stdio: [...stdio], env: environment(String(threads)) });
    const worker = new Worker(peer, child);
    const answer = await worker.next();
    if (answer.startsWith("ready ")) return { worker, version: answer.slice("ready ".length) };
    worker.end();
    return { absent: answer.replace(/^(absent|error) /, "") };
  }

  /** "done", "none" or "error ...". */
  check(name: string): Promise<string> {
    return this.ask(`check ${name}`);
  }

  /** Microseconds a call. */
  async time(name: string, calls: number): Promise<number> {
    const answer = await this.ask(`time ${name} ${calls}`);
    const time = Number(answer);
    if (!(time > 0)) throw new Error(`${this.peer.name}, ${name}: expected a time, got "${answer}".`);
    return time;
  }

  end(): void {
    this.child.stdin!.end();
    this.child.kill();
  }

  private ask(line: string): Promise<string> {
    if (this.child.exitCode !== null) return Promise.resolve("error the process has ended");
    const answer = this.next();
    this.child.stdin!.write(`${line}\n`);
    return answer;
  }

  private next(): Promise<string> {
    return new Promise((resolve) => {
      this.waiting = resolve;
    });
  }
}

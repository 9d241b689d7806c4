/** A Redis of the test's own, from Debian, at a free port and in a folder of its own; and a way to it that can be cut. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether there is a redis-server; where there is none, its tests are left out and say so. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

if (!hasRedis) console.warn("redis-server is not installed: tests of wasmlp-bullmq that need it are left out.");

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export class TestRedis {
  private readonly folder = mkdtempSync(join(tmpdir(), "wasmlp-redis-"));
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly password: string | undefined,
  ) {}

  static async start(password?: string): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), password);
    await redis.begin();
    return redis;
  }

  get url(): string {
    return `redis://${this.password ? `:${this.password}@` : ""}127.0.0.1:${this.port}`;
  }

  /** Starts it, with what its append-only file has. */
  async begin(): Promise<void> {
    const given = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", this.folder, "--save", ""];
    const lasting = ["--appendonly", "yes", "--appendfsync", "always"];
    const secret = this.password ? ["--requirepass", this.password] : [];
    const child = spawn("redis-server", [...given, ...lasting, ...secret], { stdio: ["ignore", "pipe", "inherit"] });
    this.process = child;
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error("redis-server ended")));
      child.stdout?.on("data", (text: Buffer) => {
        if (text.includes("Ready to accept connections")) resolve();
      });
    });
  }

  /** Ends it, as a power cut would. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Passes on what comes, until it is cut: then it ends what there is, and takes nothing. */
export class Way {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static open(to: number): Promise<Way> {
    return new Promise((resolve) => {
      let way: Way;
      const server = createServer((near) => {
        if (way.isCut) return near.destroy();
        const far = connect(to, "127.0.0.1");
        for (const [own, other] of [
          [near, far],
          [far, near],
        ]) {
          way.sockets.add(own);
          own.on("error", () => {});
          own.on("close", () => {
            way.sockets.delete(own);
            other.destroy();
          });
          own.pipe(other);
        }
        return undefined;
      });
      server.listen(0, "127.0.0.1", () => {
        way = new Way(server, (server.address() as { port: number }).port);
        resolve(way);
      });
    });
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  close(): void {
    this.cut();
    this.server.close();
  }
}

/** A server that listens, and how it ends. */
import { setTimeout as wait } from "node:timers/promises";
import closeWithGrace from "close-with-grace";
import { createApp } from "./app.js";
import { readOptions, type StartOptions } from "./options.js";

/** A server that listens. */
export interface RunningServer {
  /** "http://127.0.0.1:3000". */
  readonly url: string;
  /** From now on it is not ready; it answers as before. */
  drain(): void;
  /** Answers what has come, and ends; what is not answered after `limit` milliseconds is cut off. Default: 10,000. */
  close(limit?: number): Promise<void>;
}

/**
 * Starts a server.
 * @throws TypeError, RangeError on options that are none; Error if nothing is at `models`, or the port is taken
 * @example
 * const server = await start({ models: "models/", port: 0 });
 * const answer = await fetch(`${server.url}/v2/health/ready`);
 * await server.close();
 */
export async function start(options: StartOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", port = 3000, ...given } = readOptions("start", options);
  const { app, drain } = await createApp(given);
  const url = await app.listen({ host, port, listenTextResolver: (address) => address });
  return {
    url,
    drain,
    async close(limit = 10_000) {
      drain();
      const cut = setTimeout(() => app.server.closeAllConnections(), limit);
      await app.close().finally(() => clearTimeout(cut));
    },
  };
}

/** How a server ends when the process is told to. */
export interface EndOptions {
  /** Seconds for which it goes on after SIGTERM, not ready, until those who send requests know. Default: 10. */
  drain?: number;
  /** Seconds after which what is not answered is cut off. Default: 10. */
  limit?: number;
}

/**
 * Ends a server when the process gets a signal: after SIGTERM it goes on for `drain` seconds without being ready, then closes; after
 * SIGINT it closes at once. A second signal ends the process there and then.
 * @example
 * endOnSignal(await start({ models: "models/" }), { drain: 10 });
 */
export function endOnSignal(server: RunningServer, { drain = 10, limit = 10 }: EndOptions = {}): void {
  const delay = 1000 * (drain + limit + 1);
  closeWithGrace({ delay, logger: process.stderr.isTTY ? undefined : false }, async ({ signal, err }) => {
    if (err) process.stderr.write(`wasmlp-server: ${err.stack}\n`);
    server.drain();
    if (signal === "SIGTERM") await wait(1000 * drain);
    await server.close(1000 * limit);
  });
}

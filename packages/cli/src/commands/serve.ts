/** `wasmlp serve`: the server of wasmlp-server, which is installed on its own. */
import { stdout } from "node:process";
import { aboutFile, Refusal } from "../refusal.js";
import { say } from "../say/terminal.js";
import { given } from "./learning.js";
import { optionalPackage } from "./optional-package.js";

export interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly json?: boolean;
}

/** A server that listens. */
interface Running {
  readonly url: string;
}

/** What is asked of wasmlp-server. */
interface Server {
  start(options: { models: string; host?: string; port?: number }): Promise<Running>;
  /** Has it end when the process is told to, after what has come was answered. */
  endOnSignal(server: Running): void;
}

export async function serve(models: string, { host, port, json }: ServeFlags): Promise<void> {
  const { start, endOnSignal } = await optionalPackage<Server>("wasmlp-server");
  const running = await start(given({ models, host, port })).catch((error) => {
    throw isOfPort(error) ? notFree(error) : aboutFile("read", models, error);
  });
  endOnSignal(running);
  if (json) stdout.write(`${JSON.stringify({ url: running.url })}\n`);
  else say(`Serving ${models} on ${running.url}; Ctrl-C ends it.`);
}

const isOfPort = ({ syscall }: NodeJS.ErrnoException) => syscall === "listen" || syscall === "getaddrinfo";

function notFree(cause: NodeJS.ErrnoException & { address?: string; port?: number }): Refusal {
  const { code, address = "", port = "" } = cause;
  const why = code === "EADDRINUSE" ? "another program listens there" : `the system says ${code}`;
  const message = `${address}:${port} cannot be listened at: ${why}. Pass another --port, or another --host.`;
  return new Refusal(message, "failure", { cause });
}

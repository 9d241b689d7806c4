/** `wasmlp serve`: the server of wasmlp-server, which is installed on its own. */
import { stdout } from "node:process";
import { Refusal } from "../refusal.js";
import { say } from "../say/terminal.js";

export interface ServeFlags {
  readonly host?: string;
  readonly port?: number;
  readonly json?: boolean;
}

/** What wasmlp-server is asked for. */
interface Server {
  start(options: { models: string; host: string; port: number }): Promise<{ url: string; close(): Promise<void> }>;
}

export async function serve(models: string, { host = "127.0.0.1", port = 8080, json }: ServeFlags): Promise<void> {
  const { start } = await server();
  const { url } = await start({ models, host, port });
  if (json) stdout.write(`${JSON.stringify({ url })}\n`);
  else say(`Serving ${models} on ${url}; Ctrl-C ends it.`);
}

async function server(): Promise<Server> {
  // By a name that compilers do not look for: it may be absent.
  const name = "wasmlp-server";
  try {
    return (await import(name)) as Server;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new Refusal("wasmlp-server is not installed. Install it beside: npm install wasmlp-server.", "failure", {
      cause,
    });
  }
}

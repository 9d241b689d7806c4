#!/usr/bin/env node
/** The command `wasmlp-server`. */
import { parseArgs } from "node:util";
import { VERSION } from "./ground/version.js";
import { endOnSignal, start } from "./start.js";

const HELP = `Usage: wasmlp-server [options] MODELS

Serves a folder of models, NAME.model and NAME/VERSION.model, or the file of one: Open Inference Protocol (/v2),
MLflow (/invocations), /predict, /models/NAME/predict, /metrics, /docs.

  --host ADDRESS     where to listen (127.0.0.1); 0.0.0.0 lets others in
  --port PORT        (3000)
  --memory MB        what loaded models may take; the least recently used are dropped beyond (512)
  --refresh MS       how often files that are asked for are looked at (1000)
  --max-rows N       rows a request may have (10000)
  --body-limit MB    what a request may have in bytes (8)
  --cors ORIGIN      whose pages may ask, as https://example.com; may stand several times; "*" for all (none)
  --learn            lets POST /models/NAME/learn go on training models, and save them
  --drain SECONDS    after SIGTERM: answers go on, readiness says 503 (10)
  --limit SECONDS    after that: what is not answered is cut off (10)
  --log-level LEVEL  fatal, error, warn, info, debug, silent (warn)
  --help, --version

WASMLP_API_KEY in the environment: a key that requests must bring as "Authorization: Bearer KEY", those for health aside.

Example: wasmlp-server --port 8080 models/
`;

const TEXT = { type: "string" } as const;
const FLAG = { type: "boolean" } as const;

const FLAGS = {
  host: TEXT,
  port: TEXT,
  memory: TEXT,
  refresh: TEXT,
  "max-rows": TEXT,
  "body-limit": TEXT,
  cors: { ...TEXT, multiple: true },
  learn: FLAG,
  drain: TEXT,
  limit: TEXT,
  "log-level": TEXT,
  help: { ...FLAG, short: "h" },
  version: FLAG,
} as const;

/** What the command line says. @throws TypeError in a sentence */
function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: FLAGS,
  });
  const number = (name: "port" | "memory" | "refresh" | "max-rows" | "body-limit" | "drain" | "limit", unit = 1) => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (!/^\d+(\.\d+)?$/.test(text)) throw new TypeError(`--${name} must be a number, got ${JSON.stringify(text)}.`);
    return Math.round(Number(text) * unit);
  };
  const end = { drain: number("drain"), limit: number("limit") };
  const options = {
    host: values.host,
    port: number("port"),
    memory: number("memory", 2 ** 20),
    refresh: number("refresh"),
    maxRows: number("max-rows"),
    bodyLimit: number("body-limit", 2 ** 20),
    learn: values.learn,
    cors: values.cors,
    logLevel: values["log-level"] as "warn" | undefined,
    apiKey: process.env.WASMLP_API_KEY || undefined,
  };
  return { help: values.help, version: values.version, models: positionals, options, end };
}

/** Runs the command; returns the status to exit with where it does not serve. */
async function main(args: string[]): Promise<number | undefined> {
  const fail = (error: unknown, status: number) => {
    process.stderr.write(`wasmlp-server: ${(error as Error).message}\n`);
    return status;
  };
  let given: ReturnType<typeof readArguments>;
  try {
    given = readArguments(args);
    if (!given.help && !given.version && given.models.length !== 1) {
      throw new TypeError(`one folder or file must be named, got ${given.models.length}. See wasmlp-server --help.`);
    }
  } catch (error) {
    return fail(error, 2);
  }
  if (given.help || given.version) {
    process.stdout.write(given.help ? HELP : `${VERSION}\n`);
    return 0;
  }
  try {
    const server = await start({ models: given.models[0], ...given.options });
    endOnSignal(server, given.end);
    process.stderr.write(`wasmlp-server: ${server.url} serves ${given.models[0]}\n`);
    return undefined;
  } catch (error) {
    return fail(error, error instanceof TypeError || error instanceof RangeError ? 2 : 1);
  }
}

const status = await main(process.argv.slice(2));
if (status !== undefined) process.exitCode = status;

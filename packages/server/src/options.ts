/** What a server is told. */
import type { RepositoryOptions } from "./models/repository.js";

/** Options of the Fastify plugin. */
export interface ModelServerOptions extends Omit<RepositoryOptions, "onFailure"> {
  /** A folder with `NAME.model` and `NAME/VERSION.model`, or the file of one model. */
  models: string;
  /** Rows that a request may have. Default: 10,000. */
  maxRows?: number;
  /** Whether models may learn, by POST /models/NAME/learn. Default: false. */
  learn?: boolean;
  /** A key that requests must bring as "Authorization: Bearer KEY", those for health aside. Default: none. */
  apiKey?: string;
  /** Origins whose pages may ask (CORS), as "https://example.com", or "*" for all. Default: none. */
  cors?: readonly string[];
  /** Whether the server takes further requests, for its readiness. Default: always. */
  isReady?: () => boolean;
}

/** Options of the ready app. */
export interface AppOptions extends ModelServerOptions {
  /** Bytes that a request's body may have. Default: 8 MiB. */
  bodyLimit?: number;
  /** Milliseconds in which a request's headers must be there. Default: 10,000. */
  headersTimeout?: number;
  /** Milliseconds in which a whole request must be there. Default: 60,000. */
  requestTimeout?: number;
  /** What is logged, to stdout, by pino's names of levels. Default: "warn". */
  logLevel?: "fatal" | "error" | "warn" | "info" | "debug" | "silent";
}

/** Options of {@link start}. */
export interface StartOptions extends AppOptions {
  /** The address to listen at. Default: "127.0.0.1", which nobody else reaches. */
  host?: string;
  /** Default: 3000; 0 takes one that is free. */
  port?: number;
}

interface Bound {
  readonly least: number;
  readonly unit: string;
}

const NUMBERS: Record<string, Bound> = {
  memory: { least: 1, unit: "bytes" },
  refresh: { least: 0, unit: "milliseconds" },
  maxRows: { least: 1, unit: "rows" },
  bodyLimit: { least: 1, unit: "bytes" },
  headersTimeout: { least: 1, unit: "milliseconds" },
  requestTimeout: { least: 1, unit: "milliseconds" },
  port: { least: 0, unit: "a port" },
};

const isText = (value: unknown) => typeof value === "string" && value !== "";

/** What browsers send as an origin: a scheme, a host, perhaps a port, and no slash behind them. */
function isOrigin(value: unknown): boolean {
  if (value === "*" || value === "null") return true;
  return typeof value === "string" && URL.canParse(value) && new URL(value).origin === value;
}

/** What the others must be. */
const OTHERS: Record<string, [is: (value: unknown) => boolean, what: string]> = {
  models: [isText, "a folder's or a file's name"],
  learn: [(value) => typeof value === "boolean", "true or false"],
  cors: [
    (value) => Array.isArray(value) && value.length > 0 && value.every(isOrigin),
    'a list of origins, as "https://example.com", or ["*"]',
  ],
  apiKey: [isText, "a text that is not empty"],
  isReady: [(value) => typeof value === "function", "a function"],
  logLevel: [
    (value) => ["fatal", "error", "warn", "info", "debug", "silent"].includes(value as string),
    '"fatal", "error", "warn", "info", "debug" or "silent"',
  ],
  host: [isText, "an address"],
};

/** What others give plugins, and no option of the server. */
const FASTIFY = new Set(["prefix", "logLevel", "logSerializers"]);

/**
 * Copies options, each read once.
 * @throws TypeError, RangeError in one sentence on what is none, or outside its domain
 */
export function readOptions<T extends ModelServerOptions>(call: string, options: T): T {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${call}: options must be an object, got ${String(options)}.`);
  }
  const given = { ...options };
  if (given.models === undefined) throw new TypeError(`${call}: models must be a folder's or a file's name, got none.`);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const bound = NUMBERS[name];
    if (bound) {
      if (typeof value !== "number") throw new TypeError(`${call}: ${name} must be a number, got ${typeof value}.`);
      if (Number.isInteger(value) && value >= bound.least) continue;
      throw new RangeError(
        `${call}: ${name} must be a whole number of ${bound.unit}, ${bound.least} at least, got ${value}.`,
      );
    }
    if (!Object.hasOwn(OTHERS, name)) {
      if (FASTIFY.has(name)) continue;
      throw new TypeError(
        `${call}: options must be among ${[...Object.keys(NUMBERS), ...Object.keys(OTHERS)].join(", ")}, got ${name}.`,
      );
    }
    const [is, what] = OTHERS[name];
    if (!is(value)) throw new TypeError(`${call}: ${name} must be ${what}, got ${typeof value}.`);
  }
  return given;
}

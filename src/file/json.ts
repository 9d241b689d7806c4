/**
 * JSON from strangers. JSON.parse keeps the last of equal keys, nests as deep as the text does, fills objects that inherit, and
 * makes of a few characters as many objects as they ask for; here such texts are refused, and objects inherit nothing.
 */

import { own } from "../ground/check.js";
import { decodeUtf8 } from "../ground/decode-text.js";

/** Levels of nesting that any file read here needs, with room to spare. */
const DEPTH = 32;

/** What the values of a text may take in memory: so many bytes, and so many for each character read. */
const ROOM = 6 << 20;
const SHARE = 3;

/** About what V8 takes for a value while a text is read, in bytes: a new name may need a shape of its own; texts pay by their length. */
const COSTS = { object: 64, field: 24, name: 96, array: 76, item: 24, string: 8 } as const;

const [BLANK, QUOTE, MINUS, NINE, BRACKET, BRACE] = [...' "-9[{'].map((character) => character.charCodeAt(0));

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS: readonly (readonly [word: string, value: unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/** Objects that inherit nothing, at a third of what Object.create(null) takes in memory. */
class Bare {
  [name: string]: unknown;
}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, "constructor");

/** What becomes of a field of the outermost object, at once: what was read of it is not kept. */
type Each = (name: string, value: unknown) => unknown;

/**
 * The value of a JSON text; objects inherit nothing. Numbers are the nearest that this language has, as JSON.parse reads them.
 * @throws SyntaxError saying what is wrong, as the end of a sentence: "got ..."
 */
export function parseJson(text: string, each?: Each): unknown {
  const parser = new Parser(text, each);
  const value = parser.value(0);
  parser.end();
  return value;
}

/**
 * The same of a text, or of a text's bytes in UTF-8, that may be no JSON.
 * @param refuse throws the sentence that ends in `got`
 */
export function readJson(
  text: string | Uint8Array,
  refuse: (got: string, cause: unknown) => never,
  each?: Each,
): unknown {
  try {
    return parseJson(typeof text === "string" ? text : decode(text), each);
  } catch (cause) {
    if (cause instanceof SyntaxError) refuse(cause.message, cause);
    throw cause;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    throw new SyntaxError(`${bytes.length} bytes that are not UTF-8`, { cause });
  }
}

/** Whether a value is an object with names, as JSON has them. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What `data` holds itself under a name; undefined if it is no object or has none: nothing is inherited. */
export function field(data: unknown, name: string): unknown {
  return isRecord(data) ? own(data, name) : undefined;
}

class Parser {
  private at = 0;
  private spent = 0;
  /** Names of objects by their text. */
  private readonly names = new Map<string, string>();

  constructor(
    private readonly text: string,
    private readonly each: Each | undefined,
  ) {}

  value(depth: number): unknown {
    this.skip();
    const first = this.text.charCodeAt(this.at);
    // Most values are numbers: what begins with a digit, or a minus, is nothing else.
    if (first >= MINUS && first <= NINE) return this.number();
    if (first === BRACE || first === BRACKET) {
      if (depth === DEPTH) throw new SyntaxError(`more than ${DEPTH} levels of nesting`);
      this.at++;
      return first === BRACE ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (first === QUOTE) return this.string();
    for (const [word, value] of WORDS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  end(): void {
    this.skip();
    if (this.at < this.text.length) this.refuse();
  }

  private object(depth: number): Record<string, unknown> {
    this.spend("object");
    const object = new Bare();
    if (this.take("}")) return object;
    do {
      this.skip();
      const key = this.name();
      if (key in object) throw new SyntaxError(`the key ${JSON.stringify(key.slice(0, 40))} twice`);
      if (!this.take(":")) this.refuse();
      object[key] = depth === 1 && this.each ? this.made(key, this.each) : this.value(depth);
    } while (this.take(","));
    if (!this.take("}")) this.refuse();
    return object;
  }

  private made(key: string, each: Each): unknown {
    const { spent } = this;
    const made = each(key, this.value(1));
    this.spent = spent;
    return made;
  }

  private array(depth: number): unknown[] {
    this.spend("array");
    const items: unknown[] = [];
    if (this.take("]")) return items;
    do {
      this.spend("item");
      items.push(this.value(depth));
    } while (this.take(","));
    if (!this.take("]")) this.refuse();
    // A list that grows has room for 17 items at least.
    return items.length < 17 ? items.slice() : items;
  }

  private name(): string {
    this.spend("field");
    const token = this.token();
    const known = this.names.get(token);
    if (known !== undefined) return known;
    this.spend("name");
    const name = this.read(token);
    this.names.set(token, name);
    return name;
  }

  private string(): string {
    this.spend("string");
    return this.read(this.token());
  }

  /** The text of a string, quotes included. By hand: a regular expression keeps a way back for each character. */
  private token(): string {
    const { text, at } = this;
    if (text[at] !== '"') return this.refuse();
    let end = at;
    let escapes: number;
    do {
      end = text.indexOf('"', end + 1);
      if (end < 0) return this.refuse();
      escapes = 0;
      while (text[end - 1 - escapes] === "\\") escapes++;
    } while (escapes % 2 === 1);
    this.at = end + 1;
    return text.slice(at, end + 1);
  }

  private read(token: string): string {
    try {
      return JSON.parse(token) as string;
    } catch {
      this.at -= token.length;
      return this.refuse();
    }
  }

  private number(): number {
    const { text, at } = this;
    NUMBER.lastIndex = at;
    if (!NUMBER.test(text)) return this.refuse();
    this.at = NUMBER.lastIndex;
    const token = text.slice(at, this.at);
    const value = Number(token);
    if (Number.isFinite(value)) return value;
    throw new SyntaxError(`the number ${token.slice(0, 40)}, which this language cannot hold`);
  }

  /** Counts what a value takes before it is made. */
  private spend(kind: keyof typeof COSTS): void {
    this.spent += COSTS[kind];
    if (this.spent > ROOM + SHARE * this.at) {
      throw new SyntaxError(`more values in the first ${this.at} characters than such a file needs`);
    }
  }

  /** Skips a character if it is the next, white space aside. */
  private take(character: string): boolean {
    this.skip();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skip(): void {
    // Of what is no white space most lies beyond the blank.
    while (this.text.charCodeAt(this.at) <= BLANK && " \t\n\r".includes(this.text[this.at])) this.at++;
  }

  private refuse(): never {
    const rest = this.text.slice(this.at, this.at + 20);
    throw new SyntaxError(rest === "" ? "a text that ends too soon" : `${JSON.stringify(rest)} at ${this.at}`);
  }
}

/**
 * JSON from strangers. JSON.parse keeps the last of equal keys, rounds whole numbers beyond 2⁵³, nests as deep as the text
 * does and fills objects that inherit; here such texts are refused, and objects have no prototype.
 */

/** Levels of nesting that any file read here needs, with room to spare. */
const DEPTH = 32;

const STRING = /"(?:[^"\\]|\\.)*"/sy;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
const WORDS = { true: true, false: false, null: null } as const;

/**
 * The value of a JSON text; objects have a null prototype.
 * @throws SyntaxError saying what is wrong, as the end of a sentence: "got ..."
 */
export function parseJson(text: string): unknown {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  private at = 0;

  constructor(private readonly text: string) {}

  value(depth: number): unknown {
    this.skip();
    const first = this.text[this.at];
    if (first === "{" || first === "[") {
      if (depth === DEPTH) throw new SyntaxError(`more than ${DEPTH} levels of nesting`);
      this.at++;
      return first === "{" ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (first === '"') return this.string();
    for (const [word, value] of Object.entries(WORDS)) {
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
    const object: Record<string, unknown> = Object.create(null);
    if (this.take("}")) return object;
    do {
      this.skip();
      const key = this.string();
      if (key in object) throw new SyntaxError(`the key ${JSON.stringify(key.slice(0, 40))} twice`);
      if (!this.take(":")) this.refuse();
      object[key] = this.value(depth);
    } while (this.take(","));
    if (!this.take("}")) this.refuse();
    return object;
  }

  private array(depth: number): unknown[] {
    const items: unknown[] = [];
    if (this.take("]")) return items;
    do items.push(this.value(depth));
    while (this.take(","));
    if (!this.take("]")) this.refuse();
    return items;
  }

  private string(): string {
    const token = this.match(STRING);
    try {
      return JSON.parse(token) as string;
    } catch {
      this.at -= token.length;
      return this.refuse();
    }
  }

  private number(): number {
    const token = this.match(NUMBER);
    const value = Number(token);
    if (!Number.isFinite(value) || (/^-?\d+$/.test(token) && !Number.isSafeInteger(value))) {
      throw new SyntaxError(`the number ${token.slice(0, 40)}, which this language cannot hold`);
    }
    return value;
  }

  private match(token: RegExp): string {
    token.lastIndex = this.at;
    const found = token.exec(this.text)?.[0];
    if (!found) return this.refuse();
    this.at += found.length;
    return found;
  }

  /** Skips a character if it is the next, white space aside. */
  private take(character: string): boolean {
    this.skip();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skip(): void {
    SPACE.lastIndex = this.at;
    this.at += (SPACE.exec(this.text) as RegExpExecArray)[0].length;
  }

  private refuse(): never {
    const rest = this.text.slice(this.at, this.at + 20);
    throw new SyntaxError(rest === "" ? "a text that ends too soon" : `${JSON.stringify(rest)} at ${this.at}`);
  }
}

/**
 * What comments behind statements claim of their values: read, and compared (the rules stand in docs/README.md). And the
 * figures that README.md claims, for the tests that must assert these and no others.
 */
import { readFileSync } from "node:fs";
import ts from "typescript";

export interface Claim {
  readonly comment: string;
  readonly literal: ts.Expression;
  /** The class of a typed array, if it is named. */
  readonly array: string | undefined;
  /** Whether "about" stands before it. */
  readonly isAbout: boolean;
  /** Whether "..." stands for a rest. */
  readonly isOpen: boolean;
}

const LITERAL = /^(?:\[.*\]|\{.*\}|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|true|false|null|undefined)(?![\w½])/;

/** What a comment claims; nothing if it does not begin with a value. */
export function readClaim(comment: string): Claim | undefined {
  const [, about, array, text = ""] = /^\/\/ (about )?(?:(\w+Array) )?(.*)$/.exec(comment) ?? [];
  const [value] = LITERAL.exec(text) ?? [];
  if (value === undefined) return undefined;
  const closed = value.replace(/,? ?\.\.\.(?= ?[\]}])/g, "");
  const [statement] = ts.createSourceFile("claim.ts", `(${closed})`, ts.ScriptTarget.ES2022, true).statements;
  const { expression } = (statement as ts.ExpressionStatement).expression as ts.ParenthesizedExpression;
  return { comment, literal: expression, array, isAbout: about !== undefined, isOpen: closed !== value };
}

/** Whether a value is what a comment claims. */
export function holds(claim: Claim, actual: unknown): boolean {
  if (claim.array && Object(actual).constructor.name !== claim.array) return false;
  return isValue(claim, claim.literal, actual, false);
}

function isValue(claim: Claim, literal: ts.Expression, value: unknown, isWithinBraces: boolean): boolean {
  if (ts.isArrayLiteralExpression(literal)) {
    const { elements } = literal;
    const list = Array.from(Object(value) as ArrayLike<unknown>);
    if (claim.isOpen ? list.length < elements.length : list.length !== elements.length) return false;
    return elements.every((element, i) => isValue(claim, element, list[i], isWithinBraces));
  }
  if (ts.isObjectLiteralExpression(literal)) {
    const properties = new Map(literal.properties.map((property) => [(property.name as ts.Identifier).text, property]));
    const held = new Map(Object.entries(Object(value)));
    if (!claim.isOpen && held.size !== properties.size) return false;
    return [...properties].every(
      ([key, property]) =>
        held.has(key) &&
        (!ts.isPropertyAssignment(property) || isValue(claim, property.initializer, held.get(key), true)),
    );
  }
  if (ts.isStringLiteral(literal)) return value === literal.text;
  const text = literal.getText();
  const claimed = text === "undefined" ? undefined : JSON.parse(text);
  if (typeof claimed !== "number" || typeof value !== "number") return value === claimed;
  return Math.abs(value - claimed) <= tolerance(text, claim.isAbout, isWithinBraces);
}

/** How far off a number may be: half a unit of its last digit, and more where it is only about right. */
function tolerance(text: string, isAbout: boolean, isWithinBraces: boolean): number {
  const [, digits, exponent = "0"] = /^[^.e]*(?:\.(\d+))?(?:e(.*))?$/.exec(text) ?? [];
  if (isAbout || (isWithinBraces && digits)) return Math.max(0.05, Math.abs(Number(text)) / 10);
  return digits || text.includes("e") ? 0.5001 * 10 ** (Number(exponent) - (digits?.length ?? 0)) : 0;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number as README.md writes it: 1,797 or 3·10⁻⁷. */
function readNumber(text: string): number {
  const plain = text.replaceAll(",", "").replace(/·10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/, (_, minus, digits) => {
    const exponent = [...digits].map((digit) => SUPERSCRIPTS.indexOf(digit)).join("");
    return `e${minus && "-"}${exponent}`;
  });
  const value = Number(plain);
  if (plain === "" || Number.isNaN(value)) throw new Error(`README.md must hold a number here, got ${text}.`);
  return value;
}

/**
 * The figures that README.md claims: the numbers that the groups of a pattern hold.
 * @throws Error if nothing in it fits the pattern, or more than one place does
 */
export function readmeFigures(pattern: RegExp, text = readme()): number[] {
  const found = [...text.matchAll(new RegExp(pattern, "g"))];
  if (found.length !== 1) throw new Error(`README.md must hold ${pattern} once, got it ${found.length} times.`);
  return found[0].slice(1).map(readNumber);
}

export function readme(): string {
  return readFileSync(new URL("../README.md", import.meta.url), "utf8");
}

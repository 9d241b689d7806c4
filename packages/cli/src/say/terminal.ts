/** What is said on standard error: messages, warnings, progress. Data go to standard output, and nothing else does. */
import { stderr, stdout } from "node:process";
import { styleText } from "node:util";

/** How much is said, and how. */
export const voice = { isQuiet: false, hasColor: true };

type Style = Parameters<typeof styleText>[0];

/** Whether a stream is a terminal that has colours, and nobody asked for none. */
function hasColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, TERM } = process.env;
  return voice.hasColor && stream.isTTY === true && !NO_COLOR && TERM !== "dumb";
}

/** The text in a style, where standard error shows it. */
export const styled = (style: Style, text: string): string => (hasColor(stderr) ? styleText(style, text) : text);

/** The same of standard output. */
export const styledOut = (style: Style, text: string): string => (hasColor(stdout) ? styleText(style, text) : text);

/** Characters that terminals obey, but for the ends of lines, tabs, and colours: names and texts of a table may hold any. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
const COMMANDS = /[\0-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[\d{1,3}m)/g;

/** The text with a sign in the place of what a terminal would obey. */
const harmless = (text: string): string => text.replace(COMMANDS, "\ufffd");

/** Says a line, or several, unless asked to be quiet. */
export function say(text = ""): void {
  if (voice.isQuiet) return;
  clear();
  stderr.write(`${harmless(text)}\n`);
}

/** Says what must be looked at. */
export function warn(text: string): void {
  say(`${styled("yellow", "warning:")} ${text}`);
}

/** Says why the command ends, quiet or not. */
export function complain(text: string): void {
  clear();
  stderr.write(`${styled("red", "wasmlp:")} ${harmless(text)}\n`);
}

/** Milliseconds between two looks of a line that changes. */
const EVERY = 100;
let shown = 0;
let isShown = false;

/** Whether a line may change on the terminal. */
export const isLively = (): boolean => !voice.isQuiet && stderr.isTTY === true && process.env.TERM !== "dumb";

/** Shows how far something is, in one line that changes; nothing where standard error is no terminal. */
export function progress(text: () => string): void {
  if (!isLively() || performance.now() - shown < EVERY) return;
  shown = performance.now();
  const line = harmless(text());
  const { columns = 80 } = stderr;
  stderr.write(`\r\u001b[K${line.length < columns ? line : line.slice(0, columns - 1)}`);
  isShown = true;
}

/** Takes the line away that changes. */
function clear(): void {
  if (isShown) stderr.write("\r\u001b[K");
  isShown = false;
}

/**
 * Examples of the documentation as programs: what they take as given is put before them, their types are checked against
 * src/, and they run, each value that a comment claims being compared. The conventions stand in docs/README.md, and so does
 * the prelude: the names that docstrings' examples use without declaring them.
 */
import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { type Claim, holds, readClaim } from "./claims.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

export interface Example {
  readonly name: string;
  code: string;
  /** A docstring's: what it does not declare is imported for it. */
  readonly isTerse?: boolean;
}

/** The entries of the package by the names they are imported by, and their sources. */
export const ENTRIES = Object.entries<{ types?: string }>(JSON.parse(read("package.json")).exports).flatMap(
  ([path, { types }]) =>
    types ? [[`wasmlp${path.slice(1)}`, types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "src/$1.ts")] as const] : [],
);
const library: Record<string, object> = {};
for (const [name, path] of ENTRIES) library[name] = await import(/* @vite-ignore */ join(root, path));

/** The `ts` blocks of a page; one with imports starts a program. */
export function programsOf(file: string): Example[] {
  const programs: Example[] = [];
  for (const [, code] of read(file).matchAll(/^```ts\n(.*?)^```$/gms)) {
    const last = programs[programs.length - 1];
    if (last && !/^import /m.test(code)) last.code += code;
    else programs.push({ name: `${file}, program ${programs.length + 1}`, code });
  }
  return programs;
}

const parse = (code: string) => ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);

/** The names that code declares, and those that it uses. */
function namesOf(code: ts.Node): { declared: Set<string>; used: Set<string> } {
  const [declared, used] = [new Set<string>(), new Set<string>()];
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) {
      const { name, propertyName } = node.parent as { name?: ts.Node; propertyName?: ts.Node };
      const isKey = ts.isPropertyAccessExpression(node.parent) || ts.isPropertyAssignment(node.parent);
      if (ts.isShorthandPropertyAssignment(node.parent)) used.add(node.text);
      else if (name === node && !isKey) declared.add(node.text);
      else if (name !== node && propertyName !== node) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(code);
  return { declared, used };
}

const PRELUDE = parse(programsOf("docs/README.md")[0].code).statements.map((node) => ({
  text: node.getText(),
  from: ts.isImportDeclaration(node) ? (node.moduleSpecifier as ts.StringLiteral).text : undefined,
  ...namesOf(node),
}));

/** Where names are imported from: what the prelude imports, and the public names. */
const SOURCES = new Map<string, string>();
for (const { from, declared } of PRELUDE) if (from) for (const name of declared) SOURCES.set(name, from);
for (const name of Object.keys(library).reverse()) for (const key of Object.keys(library[name])) SOURCES.set(key, name);

/** An example in three parts: imports, what it takes as given, and its own statements. */
interface Program {
  readonly imports: string;
  readonly given: string;
  readonly code: string;
}

/** Puts what an example takes as given before it: in a scope around its own, so that it may use names anew. */
export function complete({ name, code, isTerse }: Example): Program {
  const { declared, used } = namesOf(parse(code));
  const needed = new Set([...used].filter((word) => !declared.has(word)));
  const forgotten = [...needed].filter((word) => SOURCES.has(word));
  if (!isTerse && forgotten.length > 0) throw new Error(`${name}: ${forgotten.join(", ")} must be imported.`);
  const given: string[] = [];
  for (const statement of [...PRELUDE].reverse()) {
    if (statement.from || ![...statement.declared].some((word) => needed.has(word))) continue;
    given.unshift(statement.text);
    for (const word of statement.used) needed.add(word);
  }
  const own = parse(code).statements.filter(ts.isImportDeclaration);
  const imported = new Set(own.flatMap((statement) => [...namesOf(statement).declared]));
  const imports = own.map((statement) => statement.getText());
  for (const word of needed) {
    if (SOURCES.has(word) && !imported.has(word)) imports.push(`import { ${word} } from "${SOURCES.get(word)}";`);
  }
  const from = own.length > 0 ? own[own.length - 1].end : 0;
  return { imports: imports.join("\n"), given: given.join("\n"), code: code.slice(from) };
}

const toText = ({ imports, given, code }: Program) => `${imports}\n${given}\n{\n${code}\n}\nexport {};\n`;

/** What the compiler says of the examples, but for modules that they write themselves. */
export function typeErrors(examples: readonly Example[]): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const paths = Object.fromEntries(ENTRIES.map(([name, path]) => [name, [join(root, path)]]));
  const settings: ts.CompilerOptions = {
    ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
    ...{ paths, noUnusedLocals: false, noUnusedParameters: false },
  };
  const texts = new Map(examples.map((example, i) => [join(root, `tests/example-${i}.ts`), toText(complete(example))]));
  const host = ts.createCompilerHost(settings);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.getSourceFile = (file, target, ...rest) => {
    const text = texts.get(file);
    return text === undefined ? getSourceFile(file, target, ...rest) : ts.createSourceFile(file, text, target, true);
  };
  const program = ts.createProgram([...texts.keys()], settings, host);
  return [...texts.keys()].flatMap((file, i) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "))
      .filter((message) => !message.startsWith("Cannot find module './"))
      .map((message) => `${examples[i].name}: ${message}`);
  });
}

/** A program as the body of a function that loads by `$load` and shows the values of claims to `$claim`. */
function toBody(program: Program): { body: string; claims: Claim[] } {
  const claims: Claim[] = [];
  const { code } = program;
  let marked = code;
  for (const node of [...parse(code).statements].reverse()) {
    const [comment] = ts.getTrailingCommentRanges(code, node.end) ?? [];
    const claim = comment && readClaim(code.slice(comment.pos, comment.end));
    if (!claim) continue;
    const isDeclared = ts.isVariableStatement(node);
    const value = isDeclared ? node.declarationList.declarations[0].name : (node as ts.ExpressionStatement).expression;
    const start = isDeclared ? node.end : node.getStart();
    marked = `${marked.slice(0, start)} $claim(${claims.length}, ${value.getText()});${marked.slice(node.end)}`;
    claims.push(claim);
  }
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const body = ts
    .transpileModule(toText({ ...program, code: marked }), { compilerOptions })
    .outputText.replace(/^import (\w+) from/gm, "import { default as $1 } from")
    .replace(/^import \{(.*)\} from (".*");$/gm, (_, names: string, from: string) => {
      return `const {${names.replaceAll(" as ", ": ")}} = await $load(${from});`;
    })
    .replace(/\bimport\(/g, "$load(")
    .replace(/^export \{\};$/m, "");
  return { body, claims };
}

const load = (name: string) =>
  library[name] ?? import(/* @vite-ignore */ name.startsWith(".") ? pathToFileURL(resolve(name)).href : name);
/** A page's own addresses lead to the modules of these names, wherever they point. */
const fetchHere = (url: string, options?: RequestInit) =>
  url.startsWith("/") ? new Response(readFileSync(join(root, "build", basename(url)))) : fetch(url, options);
const AsyncFunction = (async () => {}).constructor as FunctionConstructor;

/** How many values comments of an example claim. */
export function countClaims(example: Example): number {
  return toBody(complete(example)).claims.length;
}

/**
 * Runs an example in the folder at hand, what it prints left out.
 * @throws what it throws, or Error on a claim that does not hold or that it did not come to
 */
export async function run(example: Example): Promise<void> {
  const { body, claims } = toBody(complete(example));
  const seen = new Set<number>();
  const check = (index: number, value: unknown) => {
    seen.add(index);
    if (holds(claims[index], value)) return;
    throw new Error(`${example.name}: ${claims[index].comment}, got ${JSON.stringify(value)}`);
  };
  const program = new AsyncFunction("$load", "$claim", "console", "fetch", body);
  await program(load, check, { ...console, log() {} }, fetchHere);
  if (seen.size < claims.length) throw new Error(`${example.name}: ${seen.size} of ${claims.length} claims were met`);
}

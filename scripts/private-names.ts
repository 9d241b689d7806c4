/** The names of private members, which the build may shorten: nobody outside their class can say them. */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";

/** The private names of all classes under a folder that name nothing else there, in no type and in no object. */
export function privateNames(folder: string): string[] {
  const own = new Set<string>();
  const others = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isParameter(node) || ts.isClassElement(node)) {
      const name = node.name?.getText();
      const isPrivate = ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private;
      const isMember = ts.isClassElement(node) || ts.isParameterPropertyDeclaration(node, node.parent);
      if (name && isMember) (isPrivate ? own : others).add(name);
    } else if (ts.isTypeElement(node) || ts.isObjectLiteralElementLike(node)) {
      if (node.name) others.add(node.name.getText());
    } else if (ts.isStringLiteralLike(node)) others.add(node.text);
    // What a module exports is a property of what `import()` gives.
    else if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isVariableDeclaration(node)) {
      const isExported = ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export;
      if (node.name && isExported) others.add(node.name.getText());
    }
    ts.forEachChild(node, visit);
  };
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.startsWith("built")) continue;
    visit(ts.createSourceFile(file, readFileSync(`${folder}/${file}`, "utf8"), ts.ScriptTarget.Latest, true));
  }
  return [...own].filter((name) => !others.has(name)).sort();
}

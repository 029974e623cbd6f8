import * as ts from "typescript";

/** The names of the properties that a source takes from something: `x.name`, `x["name"]`, `"name" in x`, `{ name } = x`. */
export function propertiesTaken(text: string): string[] {
  return collect(text, (node) => {
    if (ts.isPropertyAccessExpression(node)) return node.name.text;
    if (ts.isElementAccessExpression(node)) return textOf(node.argumentExpression);
    if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      return textOf(node.propertyName ?? node.name);
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword)
      return textOf(node.left);
    return undefined;
  });
}

/** The names that a source writes: strings, and the keys of object literals. */
export function namesWritten(text: string): string[] {
  return collect(text, (node) => {
    if (ts.isStringLiteralLike(node)) return node.text;
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) return textOf(node.name);
    return undefined;
  });
}

function collect(text: string, nameOf: (node: ts.Node) => string | undefined): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = nameOf(node);
    if (name !== undefined) names.push(name);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest, true));
  return names;
}

function textOf(node: ts.Node): string | undefined {
  return ts.isIdentifier(node) || ts.isStringLiteralLike(node) ? node.text : undefined;
}

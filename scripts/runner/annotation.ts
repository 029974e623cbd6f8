import path from "node:path";

export type Level = "error" | "warning" | "notice";

/** What a step says beside the code or on the run's page. Absent properties were not given or are not numbers. */
export type Annotation = {
  readonly level: Level;
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly col?: number;
  readonly endColumn?: number;
};

const perLevelLimit = 10;
const messageLimit = 4096;

/** The annotations of a step as GitHub shows them: ten of a level, messages cut (actions/runner ExecutionContext.cs). */
export class Annotations {
  readonly #kept: Annotation[] = [];
  #dropped = 0;

  get kept(): readonly Annotation[] {
    return this.#kept;
  }

  /** How many there were beyond ten of a level. They stand in the log alone. */
  get dropped(): number {
    return this.#dropped;
  }

  add(annotation: Annotation): void {
    const sameLevel = this.#kept.filter(({ level }) => level === annotation.level).length;
    if (sameLevel < perLevelLimit) this.#kept.push(annotation);
    else this.#dropped += 1;
  }
}

/**
 * The annotation that a workflow command asks for. Only the message is masked, as in the runner: a secret in a title
 * or a file name is the action's own fault. A file inside the workspace is named relative to it.
 */
export function annotationOf(
  level: Level,
  maskedMessage: string,
  properties: Readonly<Record<string, string>>,
  workspace: string,
): Annotation {
  const { title, file } = properties;
  const [line, endLine] = [numberOf(properties["line"]), numberOf(properties["endline"])];
  const [col, endColumn] = [numberOf(properties["col"]), numberOf(properties["endcolumn"])];
  return {
    level,
    message: maskedMessage.slice(0, messageLimit),
    ...(title === undefined ? {} : { title }),
    ...(file === undefined ? {} : { file: withinWorkspace(file, workspace) }),
    ...(line === undefined ? {} : { line }),
    ...(endLine === undefined ? {} : { endLine }),
    ...(col === undefined ? {} : { col }),
    ...(endColumn === undefined ? {} : { endColumn }),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function withinWorkspace(file: string, workspace: string): string {
  const inside = path.isAbsolute(file) ? path.relative(workspace, file) : file;
  return inside === "" || inside.startsWith("..") ? file : inside;
}

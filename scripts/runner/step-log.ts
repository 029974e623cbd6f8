import { type Annotation, Annotations, annotationOf, type Level } from "./annotation.ts";
import { Masker } from "./masker.ts";
import { parseCommand, type WorkflowCommand } from "./workflow-command.ts";

/** One entry of the log, masked. The message of an annotation may have several lines. */
export type LogLine = {
  readonly kind: "text" | "group" | "endgroup" | "debug" | Level;
  readonly text: string;
};

export type StepLogOptions = {
  /** Values that the job knows to be secret before the step starts. */
  readonly secrets: readonly string[];
  readonly workspace: string;
  /** Whether `::debug::` shows, as with ACTIONS_STEP_DEBUG. */
  readonly debug: boolean;
  readonly onLine: (line: LogLine) => void;
};

const stopCommand = "stop-commands";
const levels: readonly string[] = ["error", "warning", "notice"] satisfies Level[];
// Problem matchers (add-matcher, remove-matcher) are understood and have no effect here.
const known: readonly string[] = [
  ...levels,
  ...["debug", "group", "endgroup", "echo", "add-mask", "set-output", "save-state", "set-env", "add-path"],
  ...["add-matcher", "remove-matcher", stopCommand],
];

/** Reads the output of a step line by line as the runner does (ActionCommandManager.cs), and keeps what it says. */
export class StepLog {
  readonly #options: StepLogOptions;
  readonly #masker = new Masker();
  readonly #annotations = new Annotations();
  readonly #registered = new Set(known);
  readonly #lines: LogLine[] = [];
  #stopToken: string | undefined;
  #echo = false;
  #failed = false;
  readonly outputs = new Map<string, string>();
  readonly state = new Map<string, string>();

  constructor(options: StepLogOptions) {
    this.#options = options;
    for (const secret of options.secrets) this.#masker.add(secret);
  }

  get annotations(): readonly Annotation[] {
    return this.#annotations.kept;
  }

  get droppedAnnotations(): number {
    return this.#annotations.dropped;
  }

  get masks(): readonly string[] {
    return this.#masker.masks;
  }

  /** Whether a command failed, which fails the step whatever its exit code is. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The log as a person reads it on the run's page. */
  get text(): string {
    return this.#lines
      .filter(({ kind }) => kind !== "endgroup")
      .map(readable)
      .join("");
  }

  mask(text: string): string {
    return this.#masker.mask(text);
  }

  /** Takes one line that the step printed. */
  read(line: string): void {
    const command = parseCommand(line, this.#registered);
    if (command === undefined || !this.#obey(command, line)) this.#write("text", line);
  }

  /** Adds an annotation of the runner's own, or of the step. */
  annotate(level: Level, message: string, properties: Readonly<Record<string, string>> = {}): void {
    const masked = this.mask(message);
    this.#annotations.add(annotationOf(level, masked, properties, this.#options.workspace));
    this.#write(level, message);
  }

  /** Reports that a command could not be carried out; the step fails. */
  fail(...messages: readonly string[]): void {
    this.#failed = true;
    for (const message of messages) this.annotate("error", message);
  }

  #write(kind: LogLine["kind"], text: string): void {
    const line = { kind, text: this.mask(text) };
    this.#lines.push(line);
    this.#options.onLine(line);
  }

  /** False when the line is text after all: commands are stopped, and this is not the token that resumes them. */
  #obey(command: WorkflowCommand, line: string): boolean {
    if (this.#stopToken !== undefined) {
      if (command.name !== this.#stopToken) return false;
      this.#write("text", line);
      this.#registered.delete(this.#stopToken);
      this.#stopToken = undefined;
    } else if (command.name === stopCommand) {
      this.#stop(command, line);
    } else {
      if (this.#echo && !silent.has(command.name)) this.#write("text", line);
      this.#carryOut(command);
    }
    return true;
  }

  #stop({ data }: WorkflowCommand, line: string): void {
    const token = data.toLowerCase();
    if (token === "" || token === "pause-logging" || this.#registered.has(token)) {
      this.fail(`Invoked ::stop-commands:: with an empty or reserved token: '${data}'.`);
      return;
    }
    this.#write("text", line);
    this.#stopToken = token;
    this.#registered.add(token);
  }

  #carryOut({ name, properties, data }: WorkflowCommand): void {
    if (isLevel(name)) this.annotate(name, data, properties);
    else if (name === "debug") this.#debug(data);
    else if (name === "group") this.#write("group", data);
    else if (name === "endgroup") this.#write("endgroup", "");
    else if (name === "echo") this.#setEcho(data);
    else if (name === "add-mask") this.#addMask(data);
    else if (name === "set-output") this.#set(this.outputs, name, properties["name"], data);
    else if (name === "save-state") this.#set(this.state, name, properties["name"], data);
    else if (name === "set-env" || name === "add-path") {
      this.fail(
        `Unable to process command '::${name}::' successfully.`,
        `The \`${name}\` command is disabled. Please upgrade to using Environment Files.`,
      );
    }
  }

  #debug(data: string): void {
    if (!this.#options.debug) return;
    for (const line of data.split(/\r?\n/)) this.#write("debug", line);
  }

  #setEcho(data: string): void {
    const value = data.trim().toLowerCase();
    if (value === "on" || value === "off") this.#echo = value === "on";
    else
      this.fail(
        `Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${data}'.`,
      );
  }

  #addMask(data: string): void {
    if (data.trim() === "") {
      this.annotate("warning", "Can't add secret mask for empty string in ##[add-mask] command.");
      return;
    }
    if (this.#echo) this.#write("text", "::add-mask::***");
    this.#masker.add(data);
  }

  #set(values: Map<string, string>, command: string, name: string | undefined, value: string): void {
    if (name === undefined || name === "") {
      this.fail(`Required field 'name' is missing in ##[${command}] command.`);
      return;
    }
    this.annotate(
      "warning",
      `The \`${command}\` command is deprecated. Please upgrade to using Environment Files.`,
    );
    values.set(name, value);
  }
}

// Never echoed: they write a line of their own, or must not show their data.
const silent: ReadonlySet<string> = new Set([...levels, "debug", "add-mask"]);

function isLevel(name: string): name is Level {
  return levels.includes(name);
}

function readable({ kind, text }: LogLine): string {
  const prefixes: Partial<Record<LogLine["kind"], string>> = {
    error: "Error: ",
    warning: "Warning: ",
    notice: "Notice: ",
    debug: "Debug: ",
  };
  return `${prefixes[kind] ?? ""}${text}\n`;
}

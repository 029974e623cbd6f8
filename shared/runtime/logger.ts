/** Where an action says what it does. Every line is redacted, and can never be taken for a workflow command. */
export type Logger = {
  readonly info: (message: string) => void;
  /** Shown only when step debugging is on (`ACTIONS_STEP_DEBUG`). */
  readonly debug: (message: string) => void;
  /** Folds what is logged until `work` settles. Groups do not nest. */
  readonly group: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  /** Calls `describe` and logs its line every `everyMs` (10 s) until the returned function is called. */
  readonly progress: (describe: () => string, everyMs?: number) => () => void;
};

type Sink = {
  /** Writes one chunk of complete lines. */
  readonly write: (text: string) => void;
  /** Makes text safe to print: redacted, and neutralised where the runner would see a command. */
  readonly clean: (text: string) => string;
};

const PROGRESS_EVERY_MS = 10_000;

/** A logger that writes the runner's own notation for groups and debug lines. */
export function createLogger({ write, clean }: Sink): Logger {
  const info = (message: string): void => write(`${clean(message)}\n`);
  const command = (name: string, message: string): void => {
    const line = clean(message).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
    write(`::${name}::${line}\n`);
  };
  return {
    info,
    debug: (message) => command("debug", message),
    async group(title, work) {
      command("group", title);
      try {
        return await work();
      } finally {
        write("::endgroup::\n");
      }
    },
    progress(describe, everyMs = PROGRESS_EVERY_MS) {
      // Unreferenced: work that waits for nothing any more must be noticed as such.
      const timer = setInterval(() => info(describe()), everyMs).unref();
      return () => clearInterval(timer);
    },
  };
}

import { createHash } from "node:crypto";
import * as z from "zod";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { ExecResult, SshConnection } from "../../../shared/ssh/connect.ts";
import { shellWord } from "../../../shared/ssh/shell-word.ts";
import { agentScript } from "./agent-script.ts";
import { type AgentEvent, readEvents } from "./event.ts";

/** A file for the agent: its name in the folder of the deploy, and its content. */
export type Upload = { readonly name: string; readonly content: string | Buffer };

/** A command of the agent: `run shop d1`, `rollback shop`. */
export type Command = {
  readonly words: readonly string[];
  readonly files?: readonly Upload[];
  readonly variables?: Readonly<Record<string, string>>;
};

/** What a host says of an application. All texts; empty where there is nothing. */
export const statusSchema = z.object({
  app: z.string(),
  active: z.string(),
  release: z.string(),
  digest: z.string(),
  since: z.string(),
  previous: z.string(),
  "previous-release": z.string(),
  "previous-digest": z.string(),
  router: z.string(),
  running: z.string(),
  phase: z.string(),
  "left-by": z.string(),
  "under-way": z.string(),
  holder: z.string(),
  pid: z.string(),
  maintenance: z.string(),
  releases: z.string(),
  bad: z.string(),
});

export type HostStatus = z.output<typeof statusSchema>;

/** What was asked for since the last look: new events, and whether the agent still runs. */
export type Look = {
  readonly events: readonly AgentEvent[];
  readonly lines: number;
  readonly alive: boolean;
};

const agentName = `agent-${createHash("sha256").update(agentScript).digest("hex")}.sh`;

/** One host, by a connection to it: puts the agent there and talks to it. Nothing here changes what is served. */
export class Host {
  readonly name: string;
  readonly #connection: SshConnection;
  readonly #root: string;
  readonly #app: string;

  constructor(name: string, connection: SshConnection, root: string, app: string) {
    this.name = name;
    this.#connection = connection;
    this.#root = root;
    this.#app = app;
  }

  /** Puts the agent on the host, unless this very one is there. Throws a UserError that says what the host lacks. */
  async install(): Promise<void> {
    const [bin, agent] = [shellWord(`${this.#root}/bin`), shellWord(`${this.#root}/bin/${agentName}`)];
    const tools = "sh curl flock timeout setsid stat sed awk grep tail";
    const { stdout } = await this.#sh(
      `for t in ${tools}; do command -v "$t" >/dev/null 2>&1 || echo "lacks $t"; done; ` +
        `umask 077; mkdir -p ${bin} 2>/dev/null; [ -w ${bin} ] || echo "no folder"; ` +
        `[ -x ${agent} ] && echo have; id -un`,
    );
    const said = stdout.split("\n");
    const lacking = said.flatMap((line) => (line.startsWith("lacks ") ? [line.slice(6)] : []));
    if (lacking.length > 0) {
      throw new UserError(`${this.name} lacks what the agent needs: ${lacking.join(", ")}.`, {
        hint: "Install it there: curl and util-linux (flock, setsid), besides coreutils; on Debian `apt-get install curl util-linux`.",
      });
    }
    if (said.includes("no folder")) {
      const user = remoteLine(said.at(-2) ?? "");
      throw new UserError(`${this.name}: the folder ${this.#root} cannot be made or written by ${user}.`, {
        hint: `As root there: mkdir -p ${this.#root} && chown ${user} ${this.#root} && chmod 711 ${this.#root}. Or set state-dir.`,
      });
    }
    if (!said.includes("have")) await this.#put(`${this.#root}/bin/${agentName}`, agentScript, "0700");
    // The router's workers have to come through to the folder of the switch.
    await this.#must(
      `chmod 711 ${shellWord(this.#root)}; cd ${bin} && ln -s ${agentName} .new.$$ && mv -f .new.$$ bluegreen`,
      "the link bin/bluegreen was not made",
    );
  }

  /**
   * Hands over files and starts a command of the agent, which from then on goes on without us. Gives its process.
   * `variables` go into its environment; they are no secrets.
   */
  async start(deploy: string, { files = [], words, variables = {} }: Command): Promise<number> {
    const folder = `${this.#root}/${this.#app}/incoming/${deploy}`;
    await this.#must(
      `umask 077; cd ${shellWord(this.#root)} && mkdir -p ${shellWord(folder)} ${shellWord(`${this.#root}/${this.#app}/log`)}`,
      "the folder of the deploy was not made",
    );
    await Promise.all(files.map(({ name, content }) => this.#put(`${folder}/${name}`, content, "0600")));
    const agent = shellWord(`${this.#root}/bin/${agentName}`);
    const log = shellWord(`${this.#root}/${this.#app}/log/${deploy}.agent`);
    // Detached: with a connection's end the shell's children would get SIGHUP, or SIGPIPE with their next output.
    const call = [
      ...Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`),
      "setsid",
      agent,
    ];
    const { stdout } = await this.#must(
      `umask 077; ${[...call, ...words.map(shellWord)].join(" ")} </dev/null >${log} 2>&1 & echo $!`,
      "the agent was not started",
    );
    return Number(/^\d+/.exec(stdout)?.[0] ?? 0);
  }

  /** The events after the first `seen` lines, and whether the agent (of that process number) still runs. */
  async look(deploy: string, seen: number, pid: number): Promise<Look> {
    const agent = shellWord(`${this.#root}/bin/${agentName}`);
    // The process is looked at first: an end that is written meanwhile is then read as well.
    const { stdout } = await this.#sh(
      `kill -0 ${pid} 2>/dev/null && echo alive || echo ended; ${agent} events ${this.#app} ${deploy} ${seen}`,
    );
    const newline = stdout.indexOf("\n");
    return { ...readEvents(stdout.slice(newline + 1)), alive: stdout.slice(0, newline) === "alive" };
  }

  /** Asks a running deploy for something: go, commit, return or abort. */
  async wish(deploy: string, word: "go" | "commit" | "return" | "abort"): Promise<void> {
    await this.#must(
      `umask 077; : >${shellWord(`${this.#root}/${this.#app}/wishes/${deploy}.${word}`)}`,
      `the wish ${word} was not written`,
    );
  }

  /** What is live there. */
  async status(): Promise<HostStatus> {
    const { stdout, stderr, code } = await this.#sh(
      `${shellWord(`${this.#root}/bin/${agentName}`)} status ${this.#app} </dev/null`,
    );
    const parsed = statusSchema.safeParse(parse(stdout));
    if (code === 0 && parsed.success) return parsed.data;
    throw new UserError(`${this.name}: the agent did not tell its status: ${remoteLine(stderr || stdout)}.`, {
      hint: `Log in there and run: ${this.#root}/bin/bluegreen status ${this.#app}`,
    });
  }

  /** What the agent's own shell printed, which is nothing unless the agent has a bug. */
  async shellErrors(deploy: string): Promise<string> {
    const { stdout } = await this.#sh(
      `tail -c 2000 ${shellWord(`${this.#root}/${this.#app}/log/${deploy}.agent`)} 2>/dev/null`,
    );
    return stdout;
  }

  /** Content goes by stdin, never by argument; whoever looks meanwhile finds the old file or the new one. */
  async #put(file: string, content: string | Buffer, mode: string): Promise<void> {
    const [target, fresh] = [shellWord(file), shellWord(`${file}.new`)];
    await this.#must(
      `umask 077; cat >${fresh} && chmod ${mode} ${fresh} && sync ${fresh} && mv -f ${fresh} ${target}`,
      `${file} was not written`,
      content,
    );
  }

  async #must(command: string, failure: string, stdin?: string | Buffer): Promise<ExecResult> {
    const result = await this.#sh(command, stdin);
    if (result.code === 0) return result;
    throw new UserError(`${this.name}: ${failure}: ${remoteLine(result.stderr || `exit ${result.code}`)}.`, {
      hint: `Is there disk space, and does ${this.#root} belong to the SSH user?`,
    });
  }

  /** By sh, whatever the user's login shell is. */
  #sh(command: string, stdin?: string | Buffer): Promise<ExecResult> {
    return this.#connection.exec(`sh -c ${shellWord(command)}`, stdin === undefined ? {} : { stdin });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

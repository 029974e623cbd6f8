import type { Clock } from "../../../shared/runtime/clock.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { ExecResult, SshConnection } from "../../../shared/ssh/connect.ts";
import type { RemoteProcess } from "../../../shared/ssh/exec-stream.ts";
import {
  bringAgent,
  type Followed,
  lookAround,
  type Place,
  shellErrors,
  startAndFollow,
  wish,
} from "./host-commands.ts";
import { type HostStatus, readStatus } from "./status.ts";

export type HostOptions = Place & {
  /** As people see it. */
  readonly name: string;
  readonly connect: () => Promise<SshConnection>;
  readonly clock: Clock;
  /** Ends every wait for a connection that was lost. */
  readonly signal: AbortSignal;
};

/** Pauses before each try to get a lost connection back: together longer than most hosts need to start anew. */
const RECONNECT_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000, 30_000, 30_000, 30_000];

/** How often one request is sent anew; a server that hangs up on it each time is not asked for ever. */
const MAX_LOSSES = 5;

/** One host: talks to its shell and to the agent there, over a connection that comes back when it is lost. */
export class Host {
  readonly name: string;
  readonly #options: HostOptions;
  #connection: SshConnection | undefined;
  #returning: Promise<SshConnection> | undefined;

  constructor(options: HostOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async connect(): Promise<void> {
    this.#connection = await this.#options.connect();
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }

  /** Sees that the agent is there, and gives what is live. Throws a UserError that says what the host lacks. */
  async prepare(): Promise<HostStatus> {
    const looked = await this.#sh(lookAround(this.#options));
    const [kind, rest] = wordsOf(looked.stdout);
    const { root } = this.#options;
    if (kind === "lacks") {
      throw new UserError(`${this.name} lacks what the agent needs: ${remoteLine(rest)}.`, {
        hint: "Install it there: curl and util-linux (flock, setsid), besides coreutils; on Debian `apt-get install curl util-linux`.",
      });
    }
    if (kind === "folder") {
      const user = remoteLine(rest);
      throw new UserError(`${this.name}: the folder ${root} cannot be made or written by ${user}.`, {
        hint: `As root there: mkdir -p ${root} && chown ${user} ${root} && chmod 711 ${root}. Or set state-dir.`,
      });
    }
    return this.#status(kind === "agent" ? await this.#sh(bringAgent(this.#options)) : looked);
  }

  #status({ stdout, stderr, code }: ExecResult): HostStatus {
    const status = readStatus(stdout.slice(stdout.indexOf("\n") + 1));
    if (code === 0 && stdout.startsWith("status\n") && status !== undefined) return status;
    const { root, app } = this.#options;
    const said = remoteLine(stderr || stdout) || `exit ${code}`;
    throw stdout.startsWith("status\n")
      ? new UserError(`${this.name}: the agent did not tell its status: ${said}.`, {
          hint: `Log in there and run: ${root}/bin/bluegreen status ${app}`,
        })
      : new UserError(`${this.name}: the agent cannot be put there: ${said}.`, {
          hint: `Is there disk space, and does ${root} belong to the SSH user?`,
        });
  }

  /** Starts what is to be followed, unless it was, and gives the stream of {@link startAndFollow}. */
  follow(followed: Followed): Promise<RemoteProcess> {
    return this.#overConnection(async (connection) => {
      const process = await connection.start("sh");
      process.stdin.end(startAndFollow(this.#options, followed));
      return process;
    });
  }

  /** Asks a running deploy for something: go, commit, return or abort. */
  async wish(deploy: string, word: "go" | "commit" | "return" | "abort"): Promise<void> {
    const { code, stderr } = await this.#sh(wish(this.#options, deploy, word));
    if (code === 0) return;
    throw new UserError(`${this.name}: the wish ${word} was not written: ${remoteLine(stderr)}.`, {
      hint: `Is there disk space, and does ${this.#options.root} belong to the SSH user?`,
    });
  }

  async shellErrors(deploy: string): Promise<string> {
    return (await this.#sh(shellErrors(this.#options, deploy))).stdout;
  }

  /** By sh, whatever the user's login shell is. */
  #sh(script: string): Promise<ExecResult> {
    return this.#overConnection((connection) => connection.exec("sh", { stdin: script }));
  }

  /** Again over a new connection when that was lost: everything that is asked of a host may come twice. */
  async #overConnection<T>(work: (connection: SshConnection) => Promise<T>): Promise<T> {
    for (let losses = 0; ; losses += 1) {
      const connection = await this.#open();
      try {
        return await work(connection);
      } catch (error) {
        if (connection.isOpen() || this.#options.signal.aborted || losses === MAX_LOSSES) throw error;
      }
    }
  }

  #open(): Promise<SshConnection> {
    if (this.#connection?.isOpen() === true) return Promise.resolve(this.#connection);
    this.#returning ??= this.#reconnect().finally(() => {
      this.#returning = undefined;
    });
    return this.#returning;
  }

  async #reconnect(): Promise<SshConnection> {
    const { clock, signal, connect } = this.#options;
    let problem: unknown;
    for (const pause of RECONNECT_MS) {
      // Many runs that lost their host together must not come back together.
      await clock.sleep(pause * (0.5 + Math.random()), signal);
      try {
        this.#connection = await connect();
        return this.#connection;
      } catch (error) {
        // A login or a host key that is refused now will be refused again.
        if (!(error instanceof UserError) || error.where !== undefined) throw error;
        problem = error;
      }
    }
    throw problem;
  }
}

/** The first word of the first line of an answer, and the rest of that line. */
function wordsOf(text: string): readonly [string, string] {
  const [line = ""] = text.split("\n", 1);
  const space = line.indexOf(" ");
  return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
}

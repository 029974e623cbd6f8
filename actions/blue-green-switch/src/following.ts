import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import { type AgentEvent, readEvent } from "./event.ts";
import { linesOf } from "./events-stream.ts";
import type { Host } from "./host.ts";
import type { Command, Process } from "./host-commands.ts";

/** Why nothing more will come of a run, though it did not tell its end. */
export type Lost = { readonly why: string; readonly hint: string };

/** What was new. */
export type Look = {
  readonly events: readonly AgentEvent[];
  /** The agent's process has ended, or cannot be followed any more. */
  readonly over: boolean;
  readonly lost?: Lost;
};

const BUG =
  "It is a bug of the agent, or its process was killed. The operation repair brings the host in order.";
const MAX_BREAKS = 5;

/**
 * Follows one run of the agent on one host: starts it, unless it is at work already, and reads its events from one
 * long-lived command. When that breaks, with its connection or alone, it goes on where it was.
 */
export class Following {
  readonly host: Host;
  readonly deploy: string;
  #what: { readonly command: Command } | { readonly process: Process };
  #seen = 0;
  #breaks = 0;
  #stderr = "";
  #lines: ReturnType<typeof linesOf> | undefined;
  #pending: Promise<Look> | undefined;

  constructor(
    host: Host,
    deploy: string,
    what: { readonly command: Command } | { readonly process: Process },
  ) {
    this.host = host;
    this.deploy = deploy;
    this.#what = what;
  }

  /** Waits until something is new. Rejects with the signal's reason; what comes then is kept for the next call. */
  async next(signal: AbortSignal): Promise<Look> {
    this.#pending ??= this.#look();
    const look = await unlessAborted(this.#pending, signal);
    this.#pending = undefined;
    return look;
  }

  async #look(): Promise<Look> {
    const events: AgentEvent[] = [];
    for (;;) {
      try {
        this.#lines ??= await this.#open();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { events, over: true, lost: this.#unreachable(error) };
      }
      const line = await this.#lines.next().catch(() => undefined);
      if (line === undefined || line.done === true) {
        this.#lines = undefined;
        this.#breaks += 1;
        if (this.#breaks > MAX_BREAKS) return { events, over: true, lost: this.#broken() };
        continue;
      }
      const { value } = line;
      switch (value.kind) {
        case "process":
          this.#what = { process: value.process };
          break;
        case "event": {
          this.#breaks = 0;
          this.#seen += 1;
          const event = readEvent(value.text);
          if (event !== undefined) events.push(event);
          break;
        }
        case "quiet":
          // It has lived for seconds: what breaks it from time to time is no reason to give up.
          this.#breaks = 0;
          break;
        case "now":
          return { events, over: false };
        case "ended":
          return { events, over: true };
        case "failed":
          return { events, over: true, lost: this.#notStarted() };
      }
    }
  }

  async #open(): Promise<ReturnType<typeof linesOf>> {
    const process = await this.host.follow({ deploy: this.deploy, seen: this.#seen, ...this.#what });
    this.#stderr = "";
    process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2_000);
    });
    return linesOf(process);
  }

  #unreachable({ message, hint }: UserError): Lost {
    const goesOn =
      "process" in this.#what ? " What has begun there goes on; the operation status tells how it went." : "";
    return { why: message.replace(/\.$/, ""), hint: `${hint}${goesOn}` };
  }

  #broken(): Lost {
    const said = remoteLine(this.#stderr);
    return {
      why: `its events cannot be followed${said === "" ? "" : `: ${said}`}`,
      hint: "The operation status tells how it went.",
    };
  }

  #notStarted(): Lost {
    return {
      why: `the agent was not started: ${remoteLine(this.#stderr) || "no reason was given"}`,
      hint: "Is there disk space, and does the folder of the deploys (state-dir) belong to the SSH user?",
    };
  }

  /** Why its process ended without an end. */
  async whyEnded(): Promise<Lost> {
    const said = remoteLine(await this.host.shellErrors(this.deploy).catch(() => ""));
    return { why: `its process ended${said === "" ? " without a word" : `: ${said}`}`, hint: BUG };
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) {
      work.catch(() => undefined);
      return stop();
    }
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

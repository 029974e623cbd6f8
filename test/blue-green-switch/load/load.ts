import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

const CLIENT = path.join(import.meta.dirname, "client.ts");

/** What was asked, and what became of it. */
export type Counted = {
  readonly requests: number;
  /** Connections that were refused or cut before an answer. */
  readonly lost: number;
  /** Answers of another status, or without a release. */
  readonly wrong: number;
  /** Requests over a connection that was used before. */
  readonly reused: number;
  /** How long half of the answers took at most, from the request to their end. */
  readonly medianMs: number;
  /** Some of the lost and wrong ones. */
  readonly examples: readonly string[];
};

export type LoadOptions = {
  readonly url: string;
  /** How many clients keep their connection, and how many open one for each request. */
  readonly keepAlive: number;
  readonly closing: number;
  /** Between two requests of a client. */
  readonly pauseMs?: number;
};

export type Load = {
  /** Resolves when a release answers a request, with that moment in milliseconds of the monotonic clock. */
  readonly answered: (release: string) => Promise<number>;
  /** Ends it when all requests have been answered. */
  readonly stop: () => Promise<Counted>;
};

type Line = { readonly release: string; readonly at: number } | { readonly counted: Counted };

/** Starts clients in a process of their own, which count every request that is not answered well. */
export function startLoad({ url, keepAlive, closing, pauseMs = 0 }: LoadOptions): Load {
  const client = spawn(
    process.execPath,
    [
      "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON",
      CLIENT,
      url,
      ...[keepAlive, closing, pauseMs].map(String),
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const waiting = new Map<string, (at: number) => void>();
  const done = new Promise<Counted>((resolve, reject) => {
    createInterface(client.stdout).on("line", (text) => {
      const line: Line = JSON.parse(text);
      if ("counted" in line) return resolve(line.counted);
      waiting.get(line.release)?.(line.at);
      waiting.delete(line.release);
    });
    client.once("error", reject);
    client.once("exit", (code) => reject(new Error(`the clients ended with ${code}`)));
  });
  // Whoever stops it gets the error.
  done.catch(() => undefined);
  return {
    answered: (release) => {
      const answer = new Promise<number>((resolve) => waiting.set(release, resolve));
      return Promise.race([answer, done.then(() => Promise.reject(new Error("the clients have ended")))]);
    },
    stop: () => {
      client.stdin.end();
      return done;
    },
  };
}

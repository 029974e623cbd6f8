import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, type RunOptions, runAction } from "../../scripts/runner/run-action.ts";
import type { Telegram } from "../support/telegram/server.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** The bundle, as `npm test` has built it before it started the tests. */
const BUILT_ACTION = path.join(REPOSITORY, "build/dist/telegram-notify");

export type Inputs = Readonly<Record<string, string>>;

export type Options = {
  readonly env?: Readonly<Record<string, string>>;
  /** Files of the workspace, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly grace?: RunOptions["grace"];
};

export type Finished = ActionResult & {
  readonly report: Readonly<Record<string, unknown>> & { readonly result: string };
  /** The output `message-id`, read. */
  readonly messages: Readonly<Record<string, number | readonly number[]>>;
  /** Everything that left the process, unmasked: both streams without the masks themselves, and every file. */
  readonly left: string;
};

/**
 * Starts the built action as the runner would, for a chat of a fake server. Unless the inputs say otherwise it was a
 * success, and GitHub is not asked.
 */
export function start(telegram: Pick<Telegram, "url" | "token">, inputs: Inputs, options: Options = {}) {
  const folder = makeTempDir("workspace");
  onTestFinished(() => folder.remove());
  const temp = makeTempDir("runner-temp");
  onTestFinished(() => temp.remove());
  for (const [name, content] of Object.entries(options.files ?? {}))
    writeFileSync(path.join(folder.path, name), content);
  const running = runAction({
    dir: BUILT_ACTION,
    cwd: folder.path,
    temp: temp.path,
    env: options.env ?? {},
    inputs: {
      token: telegram.token,
      "api-url": telegram.url,
      "github-token": "",
      status: "success",
      ...inputs,
    },
    ...(options.grace === undefined ? {} : { grace: options.grace }),
  });
  const done = running.done.then((result): Finished => {
    const report = JSON.parse(readFileSync(result.outputs["report"] ?? "", "utf8")) as Finished["report"];
    return {
      ...result,
      report,
      messages: JSON.parse(result.outputs["message-id"] || "{}") as Finished["messages"],
      left: [withoutMasks(result.stdout), result.stderr, ...filesBelow(temp.path)].join("\n"),
    };
  });
  return { ...running, done };
}

/** Runs it to its end. */
export const notify = (...args: Parameters<typeof start>): Promise<Finished> => start(...args).done;

/** The runner takes these lines out of the log. */
function withoutMasks(stdout: string): string {
  return stdout.replace(/^::add-mask::.*$/gm, "");
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
}

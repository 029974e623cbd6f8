import { readdir } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import type { Commands } from "../command.ts";
import type { Revision } from "../revision.ts";
import type { Place, Tool } from "../tool.ts";

/** The user's own commands, as bash runs them. */
export type CommandScripts = {
  /** Prints all revisions, oldest first. */
  readonly revisions: string | undefined;
  /** Migrates to the newest. */
  readonly up: string | undefined;
  /** Migrates up to `$REVISION`. */
  readonly to: string;
  /** Goes from `$REVISION` back to `$PREVIOUS`, which is empty for none. */
  readonly down: string | undefined;
  /** Prints what the database has. */
  readonly current: string | undefined;
};

/** Any tool, by commands. */
export function commands(runner: Commands, scripts: CommandScripts, folder: string): Tool {
  const about = ({ id, parents }: Revision) => ({ REVISION: id, PREVIOUS: parents[0] ?? "" });
  let newest = "";
  const up: Tool["up"] = (place, revision) =>
    runner.run(place, revision.id === newest ? (scripts.up ?? scripts.to) : scripts.to, about(revision));
  const { current, down } = scripts;
  return {
    name: "commands",
    own: [],
    reach: "tcp",
    history: async (place) => {
      const ids =
        scripts.revisions === undefined
          ? await namesIn(folder)
          : parseRevisions(await runner.ask(await place(), scripts.revisions)).map((id) => ({
              id,
              file: undefined,
            }));
      newest = ids.at(-1)?.id ?? "";
      const revisions = ids.map(({ id, file }, index): Revision => {
        const parent = ids[index - 1]?.id;
        return { id, parents: parent === undefined ? [] : [parent], file };
      });
      return { revisions, forks: [] };
    },
    look: current === undefined ? undefined : async (place) => void (await runner.ask(place, current)),
    to: async (place, wanted, has) => {
      const last = wanted.at(-1);
      return last === undefined || wanted.length === has
        ? { ok: true }
        : runner.run(place, scripts.to, about(last));
    },
    up,
    runsAgain: () => true,
    again: up,
    down: (place, revision) => {
      if (down === undefined) throw new Error("there is no command for it");
      return runner.run(place, down, about(revision));
    },
    oneWay: () => (down === undefined ? "there is no command `down`" : ""),
    downExpected: false,
    recorded: async (place: Place, { id }) =>
      current === undefined
        ? undefined
        : (await runner.ask(place, current)).split(/[\s,()[\]]+/).includes(id),
    sql: () => Promise.resolve(undefined),
  };
}

/** One revision a line, the first word of it. Throws a UserError where there is none, or one twice. */
export function parseRevisions(output: string): readonly string[] {
  const ids = output
    .split("\n")
    .map((line) => line.trim().split(/\s+/)[0] ?? "")
    .filter((id) => id !== "");
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (ids.length === 0 || twice !== undefined) {
    const what = twice === undefined ? "printed nothing" : `printed ${JSON.stringify(twice)} twice`;
    throw new UserError(`input revisions: the command ${what}.`, {
      hint: "It has to print every revision once, the oldest first, one a line.",
      where: { input: "revisions" },
    });
  }
  return ids;
}

async function namesIn(folder: string): Promise<readonly { readonly id: string; readonly file: string }[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UserError(`input migrations: ${folder} cannot be read.`, {
      hint: "Run actions/checkout first, and give the folder of the migrations.",
      where: { input: "migrations" },
      cause,
    });
  });
  const found = names.filter((name) => /^\d/.test(name)).sort();
  if (found.length === 0) {
    throw new UserError(`input migrations: there is no file in ${folder} whose name begins with a number.`, {
      hint: "Give the folder of the migrations, or the command `revisions`.",
      where: { input: "migrations" },
    });
  }
  return found.map((name) => ({ id: name.replace(/\.[^.]+$/, ""), file: path.join(folder, name) }));
}

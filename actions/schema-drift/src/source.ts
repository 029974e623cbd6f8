import { type DatabaseAddress, parseDatabaseUrl } from "../../../shared/postgres/address.ts";
import { throwProblems, UserError, UserErrors } from "../../../shared/runtime/user-error.ts";
import type { Inputs } from "./inputs.ts";
import { type Preset, presets } from "./presets.ts";

/** Where it is written what the schema should be. */
export type Source =
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "url"; readonly address: DatabaseAddress }
  | {
      readonly kind: "command";
      /** Undefined where the preset replays SQL files by itself. */
      readonly command: string | undefined;
      readonly preset: Preset | undefined;
      readonly migrations: string | undefined;
      readonly versionQuery: string | undefined;
      readonly upTo: "recorded" | "latest";
      /** Variables of the step that the command gets. */
      readonly variables: readonly string[];
    };

/** The one source of truth that the inputs name. Throws a UserError or UserErrors. */
export function readSource(inputs: Inputs): Source {
  const { baselineFile, baselineUrl, baselineCommand, preset: presetName, updateBaseline } = inputs;
  const preset = presetName === undefined ? undefined : presets[presetName];
  const given = [
    baselineFile === undefined ? "" : "baseline-file",
    baselineUrl === undefined ? "" : "baseline-url",
    baselineCommand === undefined ? "" : "baseline-command",
  ].filter(Boolean);
  throwProblems(problemsOf(inputs, given, preset));
  if (baselineFile !== undefined) return { kind: "file", file: baselineFile };
  if (baselineUrl !== undefined) return { kind: "url", address: addressOf(baselineUrl, "baseline-url") };
  if (updateBaseline) throw new Error("a baseline is updated without a file");
  return {
    kind: "command",
    command: baselineCommand,
    preset,
    migrations: inputs.migrations ?? preset?.migrations,
    versionQuery: inputs.versionQuery,
    upTo: inputs.upTo,
    variables: inputs.baselineEnv,
  };
}

function problemsOf(inputs: Inputs, given: readonly string[], preset: Preset | undefined): UserError[] {
  const problems: UserError[] = [];
  const wrong = (input: string, what: string, hint: string) =>
    void problems.push(new UserError(`input ${input}: ${what}.`, { hint, where: { input } }));
  if (given.length > 1) {
    wrong(given[1] ?? "", `${given.join(" and ")} exclude each other`, "Say once what the schema should be.");
  }
  if (given.length === 0 && preset === undefined) {
    const hint =
      "Give baseline-file, baseline-url, baseline-command or a preset; the README says when to take which.";
    wrong("baseline-file", "nothing says what the schema should be", hint);
  }
  if (inputs.updateBaseline && inputs.baselineFile === undefined) {
    wrong("update-baseline", "there is no baseline-file to write", "Give the path of the snapshot.");
  }
  const replays = given.length === 0 || given.includes("baseline-command");
  if (!replays && inputs.versionQuery !== undefined)
    wrong("version-query", "it goes with baseline-command alone", "Remove it.");
  if (!replays && inputs.migrations !== undefined)
    wrong("migrations", "it goes with migrations that are replayed", "Remove it.");
  if (
    given.includes("baseline-command") &&
    preset === undefined &&
    inputs.upTo === "recorded" &&
    inputs.versionQuery === undefined
  ) {
    wrong(
      "version-query",
      "nothing says how far the database is, and so how far to replay",
      "Give version-query or a preset; or set up-to: latest, and every pending migration counts as drift.",
    );
  }
  return problems;
}

/** A database URL out of an input that is not `database-url`; errors name the input. */
export function addressOf(url: string, input: string): DatabaseAddress {
  try {
    return parseDatabaseUrl(url);
  } catch (error) {
    const located = ({ message, hint }: UserError) =>
      new UserError(`input ${input}: ${message}`, { hint, where: { input } });
    if (error instanceof UserErrors) throw new UserErrors(error.problems.map(located));
    if (error instanceof UserError) throw located(error);
    throw error;
  }
}

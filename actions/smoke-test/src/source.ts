import { readConfig } from "../../../shared/runtime/config.ts";
import { readInputFile } from "../../../shared/runtime/input-file.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import { ValueError } from "../../../shared/runtime/values.ts";
import { webAddress } from "./address.ts";
import { type Config, configSchema } from "./config-schema.ts";
import type { Inputs } from "./inputs.ts";
import type { Overrides, Source } from "./plan.ts";
import { escapeNames } from "./template.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Reads the config file, or makes the same of the inputs of the simple case. Throws UserError or UserErrors. */
export async function readSource(inputs: Inputs, env: Env, hasSsh: boolean): Promise<Source> {
  refuseContradictions(inputs);
  const { config: file, expectVersion, retries, interval: intervalMs, stability: stabilityMs } = inputs;
  const overrides: Overrides = { expectVersion, retries, intervalMs, stabilityMs };
  const { text, name } =
    file === undefined
      ? { text: simpleConfig(inputs), name: "inputs" }
      : { text: await readInputFile(file, "config"), name: file };
  const { value: config, locate } = readConfig(text, name, configSchema);
  const whereOf: Source["whereOf"] =
    file === undefined ? () => ({ input: "url" }) : (path) => ({ file, ...locate(path) });
  if (hasSsh && !usesSsh(config)) {
    throw new UserError("input ssh-host: nothing would go through it.", {
      hint: "Give the checks in the file `via: ssh`, or leave the ssh-… inputs out. The input url is always asked directly.",
      where: { input: "ssh-host" },
    });
  }
  return { config, overrides, env, hasSsh, whereOf };
}

function usesSsh({ version, checks = [], load = [] }: Config): boolean {
  return [version, ...checks, ...load].some((part) => part?.via === "ssh");
}

function refuseContradictions(inputs: Inputs): void {
  const { config, url, expectStatus, versionUrl, versionJson, versionHeader, expectVersion } = inputs;
  const problems: UserError[] = [];
  const refuse = (input: string, what: string, hint: string): void =>
    void problems.push(new UserError(`input ${input}: ${what}.`, { hint, where: { input } }));
  if (config === undefined && url === undefined && versionUrl === undefined) {
    refuse("config", "is missing, and so is url", "Give the path of a file with checks, or one url.");
  }
  if (config !== undefined) {
    const simple = {
      url,
      "expect-status": expectStatus,
      "version-url": versionUrl,
      "version-json": versionJson,
      "version-header": versionHeader,
    };
    for (const [input, value] of Object.entries(simple)) {
      if (value !== undefined) refuse(input, "does not go together with config", "Write it into the file.");
    }
  } else if (expectVersion === undefined) {
    for (const [input, value] of Object.entries({
      "version-url": versionUrl,
      "version-json": versionJson,
      "version-header": versionHeader,
    })) {
      if (value !== undefined)
        refuse(
          input,
          "is given without expect-version, so nothing would be compared",
          "Add expect-version, usually ${{ github.sha }}.",
        );
    }
  }
  for (const [input, value] of Object.entries({ url, "version-url": versionUrl })) {
    // Not as the field's own parser, whose error would repeat the value: there may be a password in it.
    const why = config === undefined && value !== undefined ? addressProblem(value) : undefined;
    if (why !== undefined)
      refuse(input, why, "Write the whole address, such as https://shop.example/health.");
  }
  if (versionJson !== undefined && versionHeader !== undefined) {
    refuse("version-header", "excludes version-json", "Keep the one that holds the version.");
  }
  throwProblems(problems);
}

function addressProblem(text: string): string | undefined {
  if (text.startsWith("/")) return "is only a path";
  try {
    webAddress(text, undefined);
    return undefined;
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    throw error;
  }
}

/**
 * The simple case as a config file, so that there is one way through everything that follows. The inputs are plain
 * values: a ${…} in one is no name to look up.
 */
function simpleConfig(inputs: Inputs): string {
  const { url, expectStatus, expectVersion, versionUrl, versionJson, versionHeader } = inputs;
  const get = versionUrl ?? url;
  return JSON.stringify({
    ...(url === undefined
      ? {}
      : {
          checks: [
            {
              name: "url",
              get: escapeNames(url),
              ...(expectStatus === undefined ? {} : { expect: { status: expectStatus } }),
            },
          ],
        }),
    ...(expectVersion === undefined || get === undefined
      ? {}
      : { version: { get: escapeNames(get), json: versionJson, header: versionHeader } }),
  });
}

import { readFile } from "node:fs/promises";
import { readConfig } from "../../../shared/runtime/config.ts";
import { UserError } from "../../../shared/runtime/user-error.ts";
import type { Inputs } from "./inputs.ts";
import { type FAIL_ON, type PARTITIONS, policySchema, type UNEXPECTED } from "./policy-schema.ts";
import type { Severity } from "./severity.ts";

/** What a rule is about; what it does not name fits all. */
export type Selector = {
  readonly code?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
};

/** Findings that are known. It holds to the end of the day `until`, in UTC. */
export type Ignore = Selector & {
  readonly reason: string;
  readonly until: string;
  readonly line: number;
  readonly file: string;
};

export type Override = Selector & { readonly severity: Severity };

/** How findings are judged. */
export type Policy = {
  /** Globs; all schemas when there is none. */
  readonly schemas: readonly string[];
  readonly failOn: (typeof FAIL_ON)[number];
  readonly unexpected: (typeof UNEXPECTED)[number];
  readonly partitions: (typeof PARTITIONS)[number];
  readonly ignores: readonly Ignore[];
  readonly overrides: readonly Override[];
};

/** The policy of the file and the inputs, which go before it. Throws a UserError or UserErrors with lines. */
export async function readPolicy(inputs: Inputs): Promise<Policy> {
  const file = inputs.config;
  const text = file === undefined ? "{}" : await readText(file);
  const { value, locate } = readConfig(text, file ?? "config", policySchema);
  return {
    schemas: inputs.schemas.length > 0 ? inputs.schemas : (value.schemas ?? []),
    failOn: inputs.failOn ?? value["fail-on"] ?? "major",
    unexpected: inputs.unexpected ?? value.unexpected ?? "fail",
    partitions: inputs.partitions ?? value.partitions ?? "count",
    ignores: value.ignore.map((rule, index) => ({
      ...rule,
      line: locate(["ignore", index]).line,
      file: file ?? "",
    })),
    overrides: value.severity,
  };
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError(`input config: ${file} cannot be read.`, {
      hint: "Run actions/checkout first, and check the path.",
      where: { input: "config" },
      cause,
    });
  });
}

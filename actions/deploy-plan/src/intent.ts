import { isVersion } from "../../../shared/deployments/record.ts";
import { throwProblems, UserError } from "../../../shared/runtime/user-error.ts";
import type { Event } from "./event.ts";
import type { Inputs } from "./inputs.ts";
import { ruleFor } from "./ref-map.ts";

/** What is wanted, before anybody knows whether it may be. */
export type Intent =
  | { readonly kind: "skip"; readonly environment: string; readonly reason: string }
  | {
      readonly kind: "deploy";
      readonly environment: string;
      readonly ref: NonNullable<Event["ref"]>;
      /** Whether the environment follows one line of commits, rather than whichever of several branches was pushed. */
      readonly oneLine: boolean;
      readonly version: string;
      readonly sha: string;
      readonly digest: string | undefined;
    }
  | {
      readonly kind: "promote";
      readonly environment: string;
      readonly from: string;
      readonly version: string | undefined;
    }
  | { readonly kind: "rollback"; readonly environment: string; readonly version: string | undefined };

type Wanted = Pick<
  Inputs,
  "operation" | "branches" | "tags" | "environment" | "version" | "digest" | "fromEnvironment"
>;

/**
 * The events that only somebody with the right to write can cause. Everything else (a pull request, a comment, a run
 * that a fork's pull request has started) may come from anybody, and yet see the base branch as its ref.
 */
const TRUSTED = new Set(["push", "workflow_dispatch", "repository_dispatch", "schedule", "release"]);

// What tags of versions look like; build metadata (`+…`) is none that an image's tag can have.
const TAG_VERSION = /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/** What a run is for, by its event and its inputs. Throws UserErrors for what contradicts itself. Pure. */
export function intentOf(wanted: Wanted, event: Event): Intent {
  const { operation } = wanted;
  if (!TRUSTED.has(event.name)) {
    const reason = `${event.name} is an event that people without the right to write can cause`;
    if (operation === "auto") return { kind: "skip", environment: "", reason };
    throw new UserError(`Nothing is deployed on ${event.name}: ${reason}.`, {
      hint: `Start the workflow by ${[...TRUSTED].join(", ")}.`,
      where: { input: "operation" },
    });
  }
  if (operation === "promote" || operation === "rollback") return ofProven(operation, wanted);
  return ofRef(wanted, event);
}

function ofProven(kind: "promote" | "rollback", wanted: Wanted): Intent {
  const { environment, fromEnvironment: from, version, digest } = wanted;
  const problems: UserError[] = [];
  const wrong = (input: string, message: string, hint: string): void =>
    void problems.push(new UserError(`input ${input}: ${message}.`, { hint, where: { input } }));
  if (environment === undefined) wrong("environment", `is required to ${inWords(kind)}`, "Name it.");
  if (digest !== undefined)
    wrong("digest", "is for a deploy", "A proven version brings the digest that was proven; leave it out.");
  if (kind === "rollback" && from !== undefined)
    wrong("from-environment", "is for a promotion", "A rollback takes what has succeeded in 'environment'.");
  if (kind === "promote" && from === undefined)
    wrong("from-environment", "is required to promote", "Name the environment that proves a version.");
  if (kind === "promote" && from !== undefined && environment !== undefined && isSame(from, environment))
    wrong("from-environment", "is the same as 'environment'", "To go back within one, use rollback.");
  throwProblems(problems);
  if (environment === undefined) throw new Error("no environment");
  if (kind === "rollback") return { kind, environment, version };
  return { kind, environment, from: from ?? "", version };
}

/** Environments of GitHub have no case. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function inWords(kind: "promote" | "rollback"): string {
  return kind === "promote" ? "promote" : "roll back";
}

function ofRef(wanted: Wanted, event: Event): Intent {
  const { ref, sha } = event;
  const skip = (environment: string, reason: string, hint: string): Intent => {
    if (wanted.operation === "auto") return { kind: "skip", environment, reason };
    throw new UserError(`Nothing can be deployed: ${reason}.`, { hint });
  };
  if (ref === undefined) return skip("", "the run has neither a branch nor a tag", "Start it on a branch.");
  const input = ref.kind === "branch" ? "branches" : "tags";
  const rule = ruleFor(ref.kind === "branch" ? wanted.branches : wanted.tags, ref.name);
  const what = `${ref.kind} ${ref.name}`;
  if (rule === undefined)
    return skip("", `${what} goes nowhere`, `Add a line such as ${ref.name} = staging to '${input}'.`);
  const { environment } = rule;
  if (wanted.environment !== undefined && !isSame(wanted.environment, environment)) {
    return skip(
      environment,
      `${what} goes to ${environment}, not to ${wanted.environment}`,
      `Change 'environment', or the line of '${input}'.`,
    );
  }
  if (ref.kind === "tag" && !TAG_VERSION.test(ref.name)) {
    throw new UserError(`Tag ${ref.name} is not of the form v1.2.3.`, {
      hint: "Name releases v1.2.3 or v1.2.3-rc.1, or narrow the pattern in 'tags'.",
      where: { input: "tags" },
    });
  }
  const version = wanted.version ?? (ref.kind === "tag" ? ref.name : sha);
  if (!isVersion(version)) {
    throw new UserError(`Tag ${ref.name} cannot be the name of a version.`, {
      hint: "At most 128 characters; or give the name in 'version'.",
    });
  }
  const oneLine = ref.kind === "tag" || !rule.pattern.includes("*");
  return { kind: "deploy", environment, ref, oneLine, version, sha, digest: wanted.digest };
}

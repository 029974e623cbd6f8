import * as z from "zod";
import type { EnvironmentSettings } from "./config-schema.ts";

const reviewer = z.union([
  z.object({ type: z.literal("User"), reviewer: z.object({ id: z.int(), login: z.string() }) }),
  z.object({ type: z.literal("Team"), reviewer: z.object({ id: z.int(), slug: z.string() }) }),
]);

/** What GitHub answers for an environment. */
export const environmentSchema = z.object({
  protection_rules: z
    .array(
      z.object({
        type: z.string(),
        wait_timer: z.int().optional(),
        prevent_self_review: z.boolean().optional(),
        reviewers: z.array(reviewer).optional(),
      }),
    )
    .default([]),
  deployment_branch_policy: z
    .object({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
});

export type Environment = z.output<typeof environmentSchema> & {
  /** The names of its own branch policy; empty where it has none. */
  readonly policies: readonly { readonly id: number; readonly name: string }[];
};

/** A reviewer as the file names it and as GitHub takes it. */
export type Reviewer = { readonly name: string; readonly type: "User" | "Team"; readonly id: number };

type Known = Required<EnvironmentSettings>;

/** What is so, in the words of the file; `owner` is whose teams are meant. */
export function environmentSettings(environment: Environment | undefined, owner: string): Known {
  const rules = environment?.protection_rules ?? [];
  const reviews = rules.find(({ type }) => type === "required_reviewers");
  const policy = environment?.deployment_branch_policy;
  return {
    reviewers: (reviews?.reviewers ?? []).map((one) => nameOf(one, owner)).sort(),
    "self-review": !(reviews?.prevent_self_review ?? false),
    wait: rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0,
    branches:
      policy == null
        ? "any"
        : policy.protected_branches
          ? "protected"
          : (environment?.policies ?? []).map(({ name }) => name).sort(),
  };
}

function nameOf(one: z.output<typeof reviewer>, owner: string): string {
  return one.type === "User" ? `@${one.reviewer.login}` : `@${owner}/${one.reviewer.slug}`;
}

/** What to send; GitHub replaces all of it, so what the file does not name is sent back as it was. Pure. */
export function environmentBody(
  before: Environment | undefined,
  wanted: EnvironmentSettings,
  reviewers: readonly Reviewer[],
  owner: string,
): Record<string, unknown> {
  const now = environmentSettings(before, owner);
  const kept = before?.protection_rules.find(({ type }) => type === "required_reviewers")?.reviewers ?? [];
  const asked =
    wanted.reviewers === undefined
      ? kept.map(({ type, reviewer: { id } }) => ({ type, id }))
      : reviewers.map(({ type, id }) => ({ type, id }));
  const branches = wanted.branches ?? now.branches;
  return {
    wait_timer: wanted.wait ?? now.wait,
    prevent_self_review: !(wanted["self-review"] ?? now["self-review"]),
    reviewers: asked.length === 0 ? null : asked,
    deployment_branch_policy:
      branches === "any"
        ? null
        : { protected_branches: branches === "protected", custom_branch_policies: branches !== "protected" },
  };
}

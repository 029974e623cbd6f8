import * as z from "zod";
import type { BranchSettings } from "./config-schema.ts";

const enabled = z.object({ enabled: z.boolean() });
const actors = z.object({
  users: z.array(z.object({ login: z.string() })),
  teams: z.array(z.object({ slug: z.string() })),
  apps: z.array(z.object({ slug: z.string().nullish() })).optional(),
});

/** What GitHub answers for the protection of a branch, as far as it has to be sent back. */
export const protectionSchema = z.object({
  required_status_checks: z
    .object({
      strict: z.boolean().optional(),
      contexts: z.array(z.string()).default([]),
      checks: z.array(z.object({ context: z.string(), app_id: z.int().nullish() })).optional(),
    })
    .nullish(),
  enforce_admins: enabled.nullish(),
  required_pull_request_reviews: z
    .object({
      dismiss_stale_reviews: z.boolean().optional(),
      require_code_owner_reviews: z.boolean().optional(),
      required_approving_review_count: z.int().optional(),
      require_last_push_approval: z.boolean().optional(),
      dismissal_restrictions: actors.optional(),
      bypass_pull_request_allowances: actors.optional(),
    })
    .nullish(),
  restrictions: actors.nullish(),
  required_linear_history: enabled.nullish(),
  allow_force_pushes: enabled.nullish(),
  allow_deletions: enabled.nullish(),
  block_creations: enabled.nullish(),
  required_conversation_resolution: enabled.nullish(),
  lock_branch: enabled.nullish(),
  allow_fork_syncing: enabled.nullish(),
});

export type Protection = z.output<typeof protectionSchema>;

/** What is so, in the words of the file. No protection is one in which nothing is asked for. */
export function settingsOf(
  protection: Protection | undefined,
): BranchSettings & { readonly checks: string[] } {
  const { required_status_checks: checks, required_pull_request_reviews: reviews } = protection ?? {};
  const is = (value: { readonly enabled: boolean } | null | undefined): boolean => value?.enabled ?? false;
  return {
    checks: namesOf(checks).sort(),
    "up-to-date": checks?.strict ?? false,
    ...(reviews == null ? {} : { reviews: reviews.required_approving_review_count ?? 0 }),
    "dismiss-stale": reviews?.dismiss_stale_reviews ?? false,
    "code-owners": reviews?.require_code_owner_reviews ?? false,
    admins: is(protection?.enforce_admins),
    "linear-history": is(protection?.required_linear_history),
    "conversation-resolution": is(protection?.required_conversation_resolution),
    // Without protection everybody who may push may do both.
    "force-pushes": protection === undefined || is(protection.allow_force_pushes),
    deletions: protection === undefined || is(protection.allow_deletions),
  };
}

function namesOf(checks: Protection["required_status_checks"]): string[] {
  return [...new Set([...(checks?.checks ?? []).map(({ context }) => context), ...(checks?.contexts ?? [])])];
}

/**
 * What to send: GitHub replaces the whole protection, so what the file does not name is sent back as it was, who may
 * push and who may bypass included. Pure.
 */
export function protectionBody(
  before: Protection | undefined,
  wanted: BranchSettings,
): Record<string, unknown> {
  const now = settingsOf(before);
  const named = <Key extends keyof BranchSettings>(key: Key) => wanted[key] ?? now[key];
  const {
    required_status_checks: checks,
    required_pull_request_reviews: reviews,
    restrictions,
  } = before ?? {};
  const apps = new Map((checks?.checks ?? []).map(({ context, app_id }) => [context, app_id ?? undefined]));
  const names = wanted.checks ?? now.checks;
  const asksForChecks = names.length > 0 || checks != null || wanted["up-to-date"] !== undefined;
  const asksForReviews =
    reviews != null ||
    ["reviews", "dismiss-stale", "code-owners"].some(
      (key) => wanted[key as keyof BranchSettings] !== undefined,
    );
  const lock = before?.lock_branch?.enabled;
  return {
    required_status_checks: asksForChecks
      ? {
          strict: named("up-to-date"),
          checks: names.map((context) => {
            const app = apps.get(context);
            return app === undefined ? { context } : { context, app_id: app };
          }),
        }
      : null,
    enforce_admins: named("admins"),
    required_pull_request_reviews: asksForReviews
      ? {
          dismiss_stale_reviews: named("dismiss-stale"),
          require_code_owner_reviews: named("code-owners"),
          required_approving_review_count: named("reviews") ?? 0,
          ...(reviews?.require_last_push_approval === undefined
            ? {}
            : { require_last_push_approval: reviews.require_last_push_approval }),
          ...(reviews?.dismissal_restrictions === undefined
            ? {}
            : { dismissal_restrictions: namesIn(reviews.dismissal_restrictions) }),
          ...(reviews?.bypass_pull_request_allowances === undefined
            ? {}
            : { bypass_pull_request_allowances: namesIn(reviews.bypass_pull_request_allowances) }),
        }
      : null,
    restrictions: restrictions == null ? null : namesIn(restrictions),
    required_linear_history: named("linear-history"),
    // Nobody asked for the protection that a branch without any gets: force pushes and deletions end with it.
    allow_force_pushes: wanted["force-pushes"] ?? (before !== undefined && now["force-pushes"] === true),
    allow_deletions: wanted.deletions ?? (before !== undefined && now.deletions === true),
    block_creations: before?.block_creations?.enabled ?? false,
    required_conversation_resolution: named("conversation-resolution"),
    ...(lock === undefined ? {} : { lock_branch: lock }),
    ...(before?.allow_fork_syncing == null ? {} : { allow_fork_syncing: before.allow_fork_syncing.enabled }),
  };
}

function namesIn({ users, teams, apps = [] }: z.output<typeof actors>): Record<string, string[]> {
  return {
    users: users.map(({ login }) => login),
    teams: teams.map(({ slug }) => slug),
    apps: apps.flatMap(({ slug }) => (slug == null ? [] : [slug])),
  };
}

// npm run release -- <version> [--push] [--remote <name>] [--repository <owner>/<name>] [--dry-run] [--notes <file>]
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { UserError } from "../shared/runtime/user-error.ts";
import { runCommand } from "./bundle/command-line.ts";
import { REPOSITORY } from "./bundle/repository.ts";
import { gitIn, gitLine } from "./release/git.ts";
import { type HostedRepository, hostedAt, parseRepositoryName } from "./release/hosted-repository.ts";
import { makeRelease, type Release } from "./release/release.ts";

const usage =
  "npm run release -- 1.2.3 [--push] [--remote origin] [--repository owner/name] [--dry-run] [--notes file]";

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  if (values.help) {
    console.log(
      `${usage}\n\nMakes a release of the checked-out commit. Without --push nothing leaves this machine.`,
    );
    return;
  }
  const [version, ...more] = positionals;
  if (version === undefined || more.length > 0) {
    throw new UserError("Name the one version to release.", { hint: usage });
  }
  const { remote, push, "dry-run": dryRun } = values;
  const hosted = await hostedRepository(remote, values.repository);
  const release = await makeRelease({
    root: REPOSITORY,
    version,
    hosted,
    remote,
    push: push && !dryRun,
    dryRun,
  });
  if (values.notes !== undefined) await writeFile(values.notes, `${release.notes}\n`);
  console.log(describe(release, dryRun ? "dry-run" : push ? "pushed" : "local"));
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        push: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
        remote: { type: "string", default: "origin" },
        repository: { type: "string" },
        notes: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UserError((error as Error).message, { hint: usage, cause: error });
  }
}

async function hostedRepository(remote: string, named: string | undefined): Promise<HostedRepository> {
  const address = await gitLine(gitIn(REPOSITORY), "remote", "get-url", remote).catch(() => undefined);
  const found = address === undefined ? undefined : hostedAt(address);
  if (named !== undefined) {
    const server = process.env["GITHUB_SERVER_URL"] ?? found?.server ?? "https://github.com";
    return { name: parseRepositoryName(named), server };
  }
  if (found !== undefined) return found;
  throw new UserError(
    `The remote ${remote} ${address === undefined ? "does not exist" : "has no owner and name in its address"}.`,
    {
      hint: "Say where the actions will be found: --repository owner/name.",
    },
  );
}

function describe(release: Release, outcome: "dry-run" | "pushed" | "local"): string {
  const { tag, commit, source, files, actions, major, pinnedWorkflows, pushes } = release;
  const lines = [
    `${outcome === "dry-run" ? "Would release" : "Released"} ${tag} (${commit}) from ${source}.`,
    `  ${actions.length} actions: ${actions.join(", ")}; ${files.length} files in all`,
    major.moves ? `  ${major.tag} moves to it` : `  ${major.tag} stays: a higher version has it`,
  ];
  if (pinnedWorkflows.length > 0) {
    lines.push(`  names ${tag} in: ${pinnedWorkflows.join(", ")}`);
    lines.push(
      "  (pushing these takes more than a workflow's own GITHUB_TOKEN: an App with workflows: write, or a person)",
    );
  }
  if (outcome === "pushed") lines.push("Pushed.");
  if (outcome === "local") {
    lines.push(
      "Nothing was pushed. To publish, in this order:",
      ...pushes.map((push) => `  git ${push.join(" ")}`),
    );
  }
  return lines.join("\n");
}

await runCommand(main);

import { release } from "../../../test/ghcr-cleanup/stock.ts";
import { Images } from "../../../test/support/github-packages/images.ts";
import { type GitHubPackages, startGitHubPackages } from "../../../test/support/github-packages/server.ts";
import type { Chapter, Step } from "../chapter.ts";

/** A package of three months, cleaned up without a scratch; and three runs that had better not begin. */
export const ghcrCleanup: Chapter = {
  name: "ghcr-cleanup",
  title: "Throw old images away, and nothing else",
  about:
    "ghcr-cleanup works on a stand-in for GitHub's API and registry, held to GitHub's own description. The package of " +
    "the shop holds two signed releases for two platforms, eight builds of main, and what moved tags have left behind.",
  steps,
};

async function* steps(): AsyncGenerator<Step> {
  const github = await startGitHubPackages({ registry: "memory" });
  try {
    yield* story(github);
  } finally {
    await github.stop();
  }
}

async function* story(github: GitHubPackages): AsyncGenerator<Step> {
  const images = new Images(github, "acme/shop");
  await release(images, ["v1.0.0", "latest"], "95d");
  await release(images, ["v1.1.0", "pr-12"], "45d");
  const builds = ["100d", "90d", "80d", "70d", "60d", "50d", "1d"];
  const deployed = await images.multiArch({ tags: ["main-1"], age: "110d" });
  for (const [index, age] of builds.entries()) await images.multiArch({ tags: [`main-${index + 2}`], age });
  for (const age of ["20d", "30d", "40d"]) await images.manifest({ age });
  const step = stepsFor(github, github.tokens.issue());

  yield {
    title: "First a dry run",
    why:
      "It decides exactly as a real run does: the newest three images and all releases stay, with each platform, " +
      "attestation and signature; the rest would go. Nothing is changed.",
    ...step({ "keep-last": "3", "dry-run": "true" }),
    expected: {
      conclusion: "success",
      outputs: { result: "planned", deleted: "21", kept: "24", failed: "0" },
    },
  };
  yield {
    title: "The oldest build is what runs",
    why:
      "A deployment was rolled back: its digest is named, and it stays with its platforms. The rest goes now, one " +
      "version after the other, and each is looked at once more before.",
    ...step({ "keep-last": "3", "protect-digests": `shop@${deployed.index.digest}` }),
    expected: {
      conclusion: "success",
      outputs: { result: "cleaned", deleted: "18", kept: "27", failed: "0", remaining: "0" },
    },
  };
  yield {
    title: "One tag of two",
    why:
      "The pull request's image became a release, and shares its digest. GitHub has no call that takes one tag away; " +
      "deleting what has the tag would delete the release. The tag goes, the release stays.",
    ...step({ "delete-tags": "pr-12", "older-than": "0s", "keep-last": "0" }),
    expected: {
      conclusion: "success",
      outputs: { result: "cleaned", deleted: "0", kept: "27", failed: "0" },
    },
  };
  yield {
    title: "A variable that does not exist",
    why: "It gives an empty list of tags to keep, without a warning. That is an error here, and not the end of all releases.",
    ...step({ "keep-tags": "", "keep-last": "0" }),
    expected: { conclusion: "failure", because: [/^keep-tags: is empty, and keep-last is 0/] },
  };
  yield {
    title: "A slip of the pen",
    why: "Seconds instead of days, and no release would be left. So many versions at once are too many.",
    ...step({ "older-than": "30s", "min-age": "0s", "keep-last": "1", "keep-tags": "v2*" }),
    expected: { conclusion: "failure", because: [/more than max-percent allows \(50 %\)/] },
  };
  const other = stepsFor(github, github.tokens.issue({ admin: false }));
  yield {
    title: "A token that may not delete",
    why: "GitHub answers that there is no such version. Taken at its word, every run would be green, and nothing ever deleted.",
    ...other({ "keep-last": "1" }),
    expected: { conclusion: "failure", because: [/^package shop: GitHub does not let the token delete it/] },
  };
}

function stepsFor(
  github: GitHubPackages,
  token: string,
): (inputs: Readonly<Record<string, string>>) => Pick<Step, "action" | "with" | "env" | "secrets"> {
  return (inputs) => ({
    action: "ghcr-cleanup",
    with: {
      packages: "shop",
      owner: "acme",
      "github-token": token,
      "registry-url": github.registryUrl,
      // The stand-in needs no pause.
      pace: "10ms",
      ...inputs,
    },
    env: { GITHUB_API_URL: github.apiUrl, GITHUB_REPOSITORY: "acme/shop", GITHUB_REPOSITORY_OWNER: "acme" },
    secrets: { CLEANUP_TOKEN: token },
  });
}

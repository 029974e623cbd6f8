import { expect, onTestFinished } from "vitest";
import { Images } from "../support/github-packages/images.ts";
import { type GitHubPackages, type Options, startGitHubPackages } from "../support/github-packages/server.ts";
import { type VirtualClock, virtualClock } from "../support/virtual-clock.ts";
import { type Here, type Inputs, type Result, runHere } from "./run-here.ts";

export const PATH = "acme/shop";

export type Setting = {
  readonly server: GitHubPackages;
  readonly images: Images;
  readonly clock: VirtualClock;
  /** Runs the action with no limit on how much of the package may go, and nothing kept for being new. */
  clean(inputs?: Inputs, here?: Here): Promise<Result>;
};

/** A server with an empty package, gone after the test; a caller that has misused it fails the test. */
export async function setUp(options: Options = {}): Promise<Setting> {
  const clock = virtualClock();
  const server = await startGitHubPackages({ now: clock.now, ...options });
  onTestFinished(async () => {
    await server.stop();
    expect(server.misuses).toEqual([]);
  });
  return {
    server,
    images: new Images(server, PATH),
    clock,
    clean: (inputs = {}, here = {}) =>
      runHere(server, { "max-percent": "100", "keep-last": "0", ...inputs }, { clock, ...here }),
  };
}

/** The requests to the API that change something, as `DELETE <id>`. */
export function changes({ server }: Pick<Setting, "server">): string[] {
  return server.journal
    .filter(({ side, method }) => side === "api" && method !== "GET")
    .map(({ method, url }) => `${method} ${url.replace(/^.*\/versions\//, "")}`);
}

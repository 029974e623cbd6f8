import { cpSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runAct } from "../support/act.ts";
import { broken } from "../support/github-packages/judge.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { BUILT_ACTION } from "./built-action.ts";
import { PATH, setUp } from "./setting.ts";
import { digests, release, remaining } from "./stock.ts";

const workflow = ".github/workflows/cleanup.yml";
const files = {
  [workflow]: `
on: push
jobs:
  clean:
    runs-on: ubuntu-latest
    permissions:
      packages: write
    outputs:
      deleted: "\${{ steps.cleanup.outputs.deleted }}"
    steps:
      - id: cleanup
        uses: org/actions/ghcr-cleanup@v1
        with:
          packages: shop
          owner: acme
          keep-last: "1"
          max-percent: "80"
          pace: 10ms
          github-token: "\${{ secrets.CLEANUP_TOKEN }}"
          registry-url: "\${{ env.REGISTRY }}"
  tell:
    needs: clean
    runs-on: ubuntu-latest
    steps:
      - run: echo "deleted $DELETED"
        env:
          DELETED: "\${{ needs.clean.outputs.deleted }}"
`,
};

describe("a workflow with the action", needs("act", "docker-registry", "skopeo"), () => {
  it("cleans up, and hands the numbers over", async () => {
    const { server, images } = await setUp({ now: Date.now });
    const old = await images.manifest({ tags: ["build-1"], age: "90d" });
    const kept = await release(images, ["build-2"], "40d");
    const folder = makeTempDir("release");
    cpSync(BUILT_ACTION, path.join(folder.path, "ghcr-cleanup"), { recursive: true });
    const token = server.tokens.issue();
    const result = await runAct({
      files,
      workflow,
      repositories: { "org/actions@v1": folder.path },
      env: { REGISTRY: server.registryUrl, GITHUB_API_URL: server.apiUrl },
      secrets: { CLEANUP_TOKEN: token },
    });
    folder.remove();
    expect(result.exitCode, result.log).toBe(0);
    expect(result.jobs).toEqual({ clean: "success", tell: "success" });
    expect(result.output).toContain("deleted 1");
    expect(old.version.deletedAt).toBeDefined();
    expect(remaining(server, PATH)).toEqual(digests(kept.all));
    expect(await broken(server, PATH)).toEqual({});
    const told = result.lines.filter(({ command }) => command !== "add-mask");
    expect(JSON.stringify(told)).not.toContain(token);
  });
});

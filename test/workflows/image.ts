import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Repositories } from "../deploy-flow/release.ts";
import { some } from "../support/effort.ts";
import { type Registry, startRegistry } from "../support/github-packages/registry.ts";
import { locate, needs } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { callWorkflow } from "./call.ts";

const OUTPUT = `const { appendFileSync } = require("node:fs");
const output = (name, value) => appendFileSync(process.env.GITHUB_OUTPUT, name + "<<END\\n" + value + "\\nEND\\n");
`;
/** What stands in for Docker and for the scanner. */
export const IMAGE_SCRIPTS = {
  "docker/setup-buildx-action": "",
  "docker/metadata-action": `${OUTPUT}output("tags", process.env.TEST_TAGS); output("labels", "");`,
  // Hands over an archive that is there, and says of it what the test wants said.
  "docker/build-push-action": `${OUTPUT}const { cpSync } = require("node:fs");
cpSync(process.env.TEST_ARCHIVE, /dest=(.*)/.exec(process.env.INPUT_OUTPUTS)[1]);
output("digest", process.env.TEST_DIGEST);`,
  // As Trivy, it looks into the first image of the layout; the one for arm64 has a hole as severe as the test wants it.
  "aquasecurity/trivy-action": `const { readFileSync, writeFileSync } = require("node:fs");
const { INPUT_INPUT: layout, TEST_SEVERITY } = process.env;
const blob = ({ digest }) => JSON.parse(readFileSync(layout + "/blobs/" + digest.replace(":", "/")));
let image = JSON.parse(readFileSync(layout + "/index.json"));
while (image.manifests) image = blob(image.manifests[0]);
const Severity = blob(image.config).architecture === "arm64" ? TEST_SEVERITY : "LOW";
const Vulnerabilities = [{ VulnerabilityID: "CVE-2026-1", PkgName: "libx", InstalledVersion: "1", Severity }];
const Results = [{ Target: "debian", Class: "os-pkgs", Type: "debian", Vulnerabilities }];
writeFileSync(process.env.INPUT_OUTPUT, JSON.stringify({ SchemaVersion: 2, ArtifactName: "image", Results }));`,
};

/** An image for two platforms, of one layer each, as buildx leaves it: an archive of an OCI layout, with provenance. */
function makeArchive(): { readonly archive: string; readonly digest: string } {
  const folder = makeTempDir("image").path;
  const layout = path.join(folder, "layout");
  const blobs = path.join(layout, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const add = (kind: string, content: Buffer | object) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hash = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(path.join(blobs, hash), bytes);
    const mediaType = `application/vnd.oci.image.${kind}`;
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  };
  const addImage = (architecture: string, os: string) => {
    const layer = add("layer.v1.tar", Buffer.alloc(1024, architecture.length));
    const rootfs = { type: "layers", diff_ids: [layer.digest] };
    const config = add("config.v1+json", { architecture, os, rootfs });
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = add("manifest.v1+json", { schemaVersion: 2, mediaType, config, layers: [layer] });
    return { ...manifest, platform: { architecture, os } };
  };
  const manifests = [addImage("unknown", "unknown"), addImage("amd64", "linux"), addImage("arm64", "linux")];
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const index = add("index.v1+json", { schemaVersion: 2, mediaType, manifests });
  writeFileSync(path.join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
  writeFileSync(path.join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const archive = path.join(folder, "image.tar");
  execFileSync("tar", ["-c", "-f", archive, "-C", layout, "blobs", "index.json", "oci-layout"]);
  return { archive, digest: index.digest };
}

/** image.yml with a real registry. */
export function tryImage(repositories: () => Repositories): void {
  describe("image.yml", needs("act", "docker-registry", "skopeo"), () => {
    let registry: Registry;
    const image = makeArchive();
    beforeAll(async () => {
      registry = await startRegistry();
    }, 60_000);
    afterAll(() => registry.stop());

    function call(name: string, more: { digest?: string; severity?: string } = {}) {
      const host = new URL(registry.origin).host;
      // Where skopeo looks for which registries do without TLS; for it there is no variable.
      const home = makeTempDir("home").path;
      mkdirSync(path.join(home, ".config/containers"), { recursive: true });
      const config = path.join(home, ".config/containers/registries.conf");
      writeFileSync(config, `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
      return callWorkflow(repositories(), {
        workflow: "image.yml",
        permissions: { contents: "read", packages: "write", "id-token": "write", attestations: "write" },
        files: { Dockerfile: "FROM scratch\n" },
        with: { image: `${host}/${name}` },
        env: {
          ...{ HOME: home, TEST_ARCHIVE: image.archive },
          TEST_TAGS: `${host}/${name}:main-${"1".repeat(40)}\n${host}/${name}:latest`,
          ...{ TEST_DIGEST: more.digest ?? image.digest, TEST_SEVERITY: more.severity ?? "LOW" },
        },
      });
    }
    const tagsOf = async (name: string): Promise<unknown> =>
      (await fetch(`${registry.origin}/v2/${name}/tags/list`)).json();

    async function pushes(): Promise<void> {
      const result = await call("acme/shop");
      expect(result.exitCode, result.output).toBe(0);
      expect(result.jobs).toMatchObject({ build: "success", scan: "success", push: "success" });
      expect(await tagsOf("acme/shop")).toMatchObject({ tags: expect.arrayContaining(["latest"]) });
      const inspect = [
        "inspect",
        "--tls-verify=false",
        "--raw",
        `docker://${new URL(registry.origin).host}/acme/shop:latest`,
      ];
      const raw = execFileSync(locate("skopeo"), inspect);
      expect(`sha256:${createHash("sha256").update(raw).digest("hex")}`).toBe(image.digest);
    }

    async function holes(): Promise<void> {
      const result = await call("acme/holes", { severity: "CRITICAL" });
      expect(result.exitCode).not.toBe(0);
      // As act calls them: by the end of the job's name, and its place in the matrix.
      expect(result.steps).toMatchObject({ "amd64-1/gate": "success", "arm64-2/gate": "failure" });
      expect(await tagsOf("acme/holes")).not.toHaveProperty("tags");
    }

    async function other(): Promise<void> {
      const result = await call("acme/other", { digest: `sha256:${"2".repeat(64)}` });
      expect(result.exitCode).not.toBe(0);
      expect(result.steps["push/push"]).toBe("failure");
      expect(result.output + result.log).toContain("was built");
      expect(await tagsOf("acme/other")).not.toHaveProperty("tags");
    }

    const cases: readonly (readonly [string, () => Promise<void>])[] = [
      ["pushes under every tag, byte for byte, what was scanned", pushes],
      ["pushes nothing in which the scan has found a hole, on whichever platform", holes],
      ["pushes nothing else than what was built", other],
    ];
    it.each(some(2, cases))("%s", { timeout: 120_000 }, (_name, run) => run());
  });
}

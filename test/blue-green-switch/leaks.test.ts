import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { CLIENT_KEY_PASSPHRASE } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { leaks } from "../validate-secrets/leaks.ts";
import { watchProcessesOf } from "./processes-of.ts";
import { type ShopHost, startShopHost, switchOn } from "./shop-host.ts";

const SECRETS = {
  // What shells, environment files and JSON have their own opinions of.
  "a variable": 'v4r#iab\'le "7$HOME" `id` \\n 100% süß-81',
  "an environment file": "f1le-9382-s3cr3t-zzz",
  "the password of the registry": "reg1stry-p4ss-5511-qqq",
};

describe("what a deploy gives away", { ...needs("sshd", "nginx"), timeout: 60_000 }, () => {
  let host: ShopHost;
  beforeAll(async () => {
    host = await startShopHost(undefined, { LOGIN: "1" });
  }, 60_000);
  afterAll(() => host.stop());

  it("is no secret: not by arguments or environments of any process, log, summary, report or the host's files", async () => {
    const folder = makeTempDir("env");
    const file = path.join(folder.path, "extra.env");
    writeFileSync(file, `EXTRA=${SECRETS["an environment file"]}\n`);
    const key = host.sshd.clientKey("encrypted");
    const secrets = { ...SECRETS, "the SSH key": key, "its passphrase": CLIENT_KEY_PASSPHRASE };
    const stopWatching = watchProcessesOf(host.directory);
    const { outputs, log, summary, annotations } = await switchOn(
      host,
      { release: "r1", "ssh-key": key, "ssh-key-passphrase": CLIENT_KEY_PASSPHRASE },
      {
        env: ["TOKEN"],
        "env-files": [file],
        registry: { server: "127.0.0.1:1", user: "bot", password: "REGISTRY_PASSWORD" },
        "pre-switch":
          'grep -q "^EXTRA=f1le" "$RELEASE_DIR/extra.env" && . "$RELEASE_DIR/env.bluegreen" && [ ${#TOKEN} = 41 ]',
      },
      { TOKEN: SECRETS["a variable"], REGISTRY_PASSWORD: SECRETS["the password of the registry"] },
    ).done;
    const seen = stopWatching();
    folder.remove();
    expect(outputs, log).toMatchObject({ result: "deployed" });
    expect(seen).toMatch(/agent-[0-9a-f]{64}\.sh\0run\0shop/);
    const report = readFileSync(outputs["report"] ?? "", "utf8");
    const texts = { processes: seen, log, summary, report, annotations: JSON.stringify(annotations) };
    expect(leaks(texts, secrets)).toEqual([]);

    const files = filesBelow(host.stateDir).filter(
      (each) => leaks({ it: readFileSync(each, "utf8") }, SECRETS).length > 0,
    );
    expect(files.map((each) => path.relative(host.stateDir, each)).sort()).toEqual([
      "shop/releases/r1/env.bluegreen",
      "shop/releases/r1/extra.env",
    ]);
    for (const each of files) expect(statSync(each).mode & 0o777).toBe(0o600);
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

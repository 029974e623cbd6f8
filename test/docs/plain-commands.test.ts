import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import type { HttpServer } from "../support/http-server.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type DatabaseThere, databaseOn } from "./database.ts";
import {
  assignments,
  committed,
  filesOf,
  type Newcomer,
  readmeCommands,
  startNewcomer,
  type Typed,
} from "./newcomer.ts";
import { trust, wayTo } from "./outside.ts";
import { type ScratchHost, startScratchHost } from "./scratch-host.ts";

const FOLDER = "templates/plain-commands";
const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), "utf8");

/** An application as the page wants it. */
const APPLICATION = {
  "package.json": '{"name":"shop","version":"1.0.0","scripts":{"start":"node server.js"}}',
  "package-lock.json":
    '{"name":"shop","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"shop","version":"1.0.0"}}}',
  "server.js": `const { PORT, RELEASE, DATABASE_URL } = process.env;
require("node:http").createServer((request, response) =>
  response.end(JSON.stringify({ release: RELEASE, database: DATABASE_URL === undefined ? "none" : "there" })),
).listen(Number(PORT), "127.0.0.1");
`,
};

describe(
  "the page on plain commands and the README on act, followed to the letter on a server of its own",
  needs("namespaces", "sshd", "nginx", "act", "postgres-15"),
  () => {
    let host: ScratchHost;
    let newcomer: Newcomer;
    let database: DatabaseThere;
    let outside: HttpServer;
    let first: { readonly sha: string; readonly typed: Typed };
    let knownHosts: string;
    let config: string;
    beforeAll(async () => {
      host = await startScratchHost();
      database = await databaseOn(host);
      outside = await wayTo(host, "shop.example");
      newcomer = await startNewcomer(await trust());

      const { port } = host.sshd;
      const files = committed(filesOf("plain-commands.md"), [
        ["https://shop.example", outside.origin],
        ["deploy@shop.example", `deploy@127.0.0.1:${port}`],
        ["host: shop.example, user", `host: 127.0.0.1, port: ${port}, user`],
        ["SHA256:…", host.sshd.hostFingerprint("ed25519")],
        // The time that it gives everything.
        ['contains: "${release}"', 'contains: "${release}", within: 8s, interval: 200ms'],
        [
          "public-host: shop.example\n",
          "public-host: shop.example\nstability: 1s\nsettle: 500ms\ndrain: 1s\n",
        ],
      ]);
      config = files[".github/blue-green.yml"] ?? "";
      const sha = newcomer.push({ ...APPLICATION, ...files });

      await host.asRoot("git config --system --add safe.directory '*'");
      const scripts = ["prepare-host.sh", "start.sh", "stop.sh", "shop.conf"].map(
        (name) => `${FOLDER}/${name}`,
      );
      const prepare = () =>
        host.asRoot(
          'sh prepare-host.sh "$@"',
          scripts,
          ...[host.sshd.clientPublicKey(), newcomer.hosted, `[127.0.0.1]:${port}`],
        );
      await prepare();
      // Again, as anybody does who is not sure.
      const printed = await prepare();
      knownHosts = /^The variable SSH_KNOWN_HOSTS:\n(.*)\n$/m.exec(printed)?.[1] ?? "";

      newcomer.keep(".secrets", assignments({ SSH_KEY: host.sshd.clientKey(), DATABASE_URL: database.url }));
      newcomer.keep(".vars", assignments({ SSH_KNOWN_HOSTS: knownHosts }));
      const { clone, act } = readmeCommands();
      first = { sha, typed: await newcomer.types(clone + act) };
    }, 180_000);
    afterAll(async () => {
      await Promise.all([outside?.stop(), newcomer?.stop(), database?.stop()]);
      await host?.stop();
    });

    const deploy = async (release: string): Promise<ActionResult> => {
      const workspace = makeTempDir("workspace");
      writeFileSync(path.join(workspace.path, "bg.yml"), config);
      const running = runAction({
        dir: path.join(REPOSITORY, "build/dist/blue-green-switch"),
        cwd: workspace.path,
        inputs: {
          ...{
            config: "bg.yml",
            release,
            "ssh-host": `deploy@127.0.0.1:${host.sshd.port}`,
            "ssh-key": host.sshd.clientKey(),
          },
          "ssh-known-hosts": knownHosts,
        },
        env: { DATABASE_URL: database.url },
      });
      return running.done.finally(() => workspace.remove());
    };
    const served = async () => (await host.ask("shop.example", "http://127.0.0.1/health")).split("\n");

    it("brings the first version live, by the command of the README: tried, backed up, switched, proven, recorded", async () => {
      const { sha, typed } = first;
      expect(typed.exitCode, typed.log).toBe(0);
      expect(await served()).toEqual([JSON.stringify({ release: sha, database: "there" }), "200"]);
      expect(typed.record).toMatchObject({
        ...{ result: "deployed", version: sha, environment: "production", failed: [] },
        steps: { secrets: { outcome: "success" }, backup: { outputs: { verified: "archive", rows: "3" } } },
      });
      expect(await host.asRoot("find /var/backups/shop -name '*.json' | wc -l")).toBe("1\n");
      expect(newcomer.github.deployments.map(({ statuses }) => statuses[0]?.state)).toEqual(["success"]);
      expect(newcomer.github.misuses).toEqual([]);
      for (const secret of [database.password, newcomer.github.token])
        expect(typed.told).not.toContain(secret);
    });

    it("leaves what serves alone when a version is broken", { timeout: 90_000 }, async () => {
      const second = await deploy(newcomer.push({ "server.js": "process.exit(1)\n" }));
      expect(second.outputs, second.log).toMatchObject({ result: "aborted", release: first.sha });
      expect((await served())[0]).toContain(first.sha);
    });

    it("has for nginx what the action itself would print", async () => {
      const printed = await host.asRoot(
        `sudo -u deploy /var/lib/bluegreen/bin/bluegreen snippet shop ${first.sha}`,
      );
      expect(printed).toBe(read(`${FOLDER}/shop.conf`));
    });

    it("shows what to put in when nginx lacks it, and prints it on the host, before the release was ever there", async () => {
      await host.asRoot("rm /etc/nginx/conf.d/shop.conf");
      const release = "f".repeat(40);
      const refused = await deploy(release);
      expect(refused.outputs).toMatchObject({ result: "aborted" });
      expect(refused.log).toContain("is not there: /etc/nginx/conf.d/shop.conf. Put in what is shown above");
      const wanted = read(`${FOLDER}/shop.conf`);
      for (const line of wanted.trim().split("\n")) expect(refused.log).toContain(line);
      const command = `sudo -u deploy /var/lib/bluegreen/bin/bluegreen snippet shop ${release}`;
      expect(await host.asRoot(command)).toBe(wanted);
    });

    it("shows the database's password to nobody else on the server", async () => {
      const commands = await host.asRoot("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '");
      expect(commands).not.toContain(database.password);
      const readable = await host.asRoot(
        'setpriv --reuid=nobody --clear-groups grep -rlF "$1" /srv/shop /var/lib/bluegreen /home/deploy /run 2>/dev/null || true',
        [],
        database.password,
      );
      expect(readable).toBe("");
    });
  },
);

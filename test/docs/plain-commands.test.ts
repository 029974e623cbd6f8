import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { type ActionResult, runAction } from "../../scripts/runner/run-action.ts";
import { needs } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type ScratchHost, startScratchHost } from "./scratch-host.ts";

const FOLDER = "templates/plain-commands";
const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), "utf8");
const SECRET = "postgres://shop:n0t-for-eyes@127.0.0.1/shop";

/** An application as the page wants it, and the same broken, as two commits and a tag. */
const APPLICATION = `
mkdir -p /srv/git/shop && cd /srv/git/shop
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b.invalid GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b.invalid
git init --quiet --initial-branch main
echo '{"name":"shop","version":"1.0.0","scripts":{"start":"node server.js"}}' >package.json
echo '{"name":"shop","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"shop","version":"1.0.0"}}}' >package-lock.json
cat >server.js <<'END'
const { PORT, RELEASE, DATABASE_URL } = process.env;
require("node:http").createServer((request, response) =>
  response.end(JSON.stringify({ release: RELEASE, database: DATABASE_URL === undefined ? "none" : "there" })),
).listen(Number(PORT), "127.0.0.1");
END
git add . && git commit --quiet -m good && git rev-parse HEAD
echo 'process.exit(1)' >server.js
git commit --quiet -am broken && git rev-parse HEAD
chmod -R a+rX /srv/git
git config --system --add safe.directory '*'
`;

describe(
  "the page on plain commands, followed to the letter on a server of its own",
  needs("namespaces", "sshd", "nginx"),
  () => {
    let host: ScratchHost;
    let commits: readonly string[];
    let printed: string;
    let first: ActionResult;
    beforeAll(async () => {
      host = await startScratchHost();
      commits = (await host.asRoot(APPLICATION)).trim().split("\n");
      const files = ["prepare-host.sh", "start.sh", "stop.sh", "shop.conf"].map(
        (name) => `${FOLDER}/${name}`,
      );
      const script = 'sh prepare-host.sh "$@"';
      const key = host.sshd.clientPublicKey();
      await host.asRoot(script, files, key, "/srv/git/shop", "127.0.0.1");
      // Again, as anybody does who is not sure.
      printed = await host.asRoot(script, files, key, "/srv/git/shop", "127.0.0.1");
      first = await deploy(commits[0] ?? "");
    }, 120_000);
    afterAll(() => host?.stop());

    const deploy = async (release: string) => {
      const workspace = makeTempDir("workspace");
      // As it stands there, but for the time that it gives everything.
      const config = read(`${FOLDER}/blue-green.yml`)
        .replace('contains: "${release}"', 'contains: "${release}", within: 8s, interval: 200ms')
        .concat("stability: 1s\nsettle: 500ms\ndrain: 1s\n");
      writeFileSync(path.join(workspace.path, "bg.yml"), config);
      const { port } = host.sshd;
      const running = runAction({
        dir: path.join(REPOSITORY, "build/dist/blue-green-switch"),
        cwd: workspace.path,
        inputs: {
          ...{
            config: "bg.yml",
            release,
            "ssh-host": `deploy@127.0.0.1:${port}`,
            "ssh-key": host.sshd.clientKey(),
          },
          // What the script has printed, with the port of this test.
          "ssh-known-hosts": (printed.split("\n")[1] ?? "").replace("127.0.0.1", `[127.0.0.1]:${port}`),
        },
        env: { DATABASE_URL: SECRET },
      });
      return running.done.finally(() => workspace.remove());
    };
    const served = async () => (await host.ask("shop.example", "http://127.0.0.1/health")).split("\n");

    it("serves what was deployed first, with the variables that the configuration names", async () => {
      expect(first.outputs, first.log).toMatchObject({ result: "deployed", release: commits[0] });
      expect(await served()).toEqual([JSON.stringify({ release: commits[0], database: "there" }), "200"]);
    });

    it("leaves what serves alone when a version is broken", { timeout: 90_000 }, async () => {
      const second = await deploy(commits[1] ?? "");
      expect(second.outputs, second.log).toMatchObject({ result: "aborted", release: commits[0] });
      expect((await served())[0]).toContain(commits[0]);
    });

    it("has for nginx what the action itself would print", async () => {
      const printed = await host.asRoot(
        `sudo -u deploy /var/lib/bluegreen/bin/bluegreen snippet shop ${commits[0]}`,
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
      expect(commands).not.toContain("n0t-for-eyes");
      const readable = await host.asRoot(
        "setpriv --reuid=nobody --clear-groups grep -rlF n0t-for-eyes /srv/shop /var/lib/bluegreen /home/deploy /run 2>/dev/null || true",
      );
      expect(readable).toBe("");
    });
  },
);

import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { REPOSITORY } from "../../scripts/bundle/repository.ts";
import { needs } from "../support/needs.ts";
import { type DebianHost, readmeExample, startDebianHost } from "./prepared-host.ts";
import { runSwitch } from "./shop-host.ts";

const SCRIPT = path.join(REPOSITORY, "examples/hosts/prepare-blue-green.sh");
const START = `mkdir -p ~/www-$COLOR && echo "release=$RELEASE;" >~/www-$COLOR/health
setsid busybox httpd -f -p 127.0.0.1:$PORT -h ~/www-$COLOR </dev/null >/dev/null 2>&1 & echo $! >~/$COLOR.pid
`;
const STOP = "kill $(cat ~/$COLOR.pid)";

// The README, followed to the letter, by a user who is nobody special. Each test goes on from the one before it.
describe("a host as Debian leaves it", {
  ...needs("sshd", "nginx", "busybox", "namespaces"),
  timeout: 60_000,
}, () => {
  let host: DebianHost;
  beforeAll(async () => {
    host = await startDebianHost();
  }, 60_000);
  afterAll(() => host.stop());

  const config = {
    ...parse(readmeExample("app: shop")),
    ...{ env: undefined, migrate: undefined },
    start: { command: { start: "sh ~/start.sh", stop: STOP } },
    health: { path: "/health", contains: "release=${release};", interval: "50ms" },
    ...{ stability: "500ms", settle: "100ms", drain: "1s" },
  };
  const deploy = (release: string, inputs = {}) =>
    runSwitch(
      {
        release,
        "ssh-host": `deploy@127.0.0.1:${host.sshd.port}`,
        "ssh-key": host.sshd.clientKey(),
        "ssh-known-hosts": host.sshd.hostFingerprint("ed25519"),
        ...inputs,
      },
      config,
    ).done;
  const errors = ({ annotations }: Awaited<ReturnType<typeof deploy>>) =>
    annotations.flatMap(({ level, message }) => (level === "error" ? [message] : [])).join("\n");
  const served = async () =>
    (await host.as("root", "curl -s -H 'Host: shop.example' http://127.0.0.1/health")).trim();

  it("says what it lacks, until the script has prepared it", async () => {
    expect(errors(await deploy("r1"))).toContain("refused the login of user deploy");
    for (let time = 1; time <= 2; time += 1) await host.as("root", `sh ${SCRIPT} deploy`, host.publicKey);
    expect(await host.as("deploy", "cat ~/.ssh/authorized_keys")).toBe(host.publicKey);
    await host.as("root", "chown root /var/lib/bluegreen && chmod 755 /var/lib/bluegreen");
    expect(errors(await deploy("r1"))).toMatch(
      /the folder \/var\/lib\/bluegreen cannot be made or written by deploy.*mkdir -p \/var\/lib\/bluegreen/,
    );
    await host.as("root", `sh ${SCRIPT} deploy`, host.publicKey);
  });

  it("is told what to put into the router's configuration, and then deployed to", async () => {
    await host.as("deploy", "cat >~/start.sh", START);
    await host.as("root", "nginx");
    const refused = await deploy("r1");
    expect(errors(refused)).toContain("the router's configuration is not there: /etc/nginx/conf.d/shop.conf");
    const snippet = refused.log
      .split("\n")
      .flatMap((line) => /^ *[\d.]+ s \| \w+ {2,}(.*)$/.exec(line)?.[1] ?? [])
      .join("\n");
    host.put("etc/nginx/conf.d/shop.conf", `${snippet}\n`);
    await host.as("root", "nginx -t -q && nginx -s reload");
    for (const release of ["r1", "r2"]) {
      const { outputs, log } = await deploy(release);
      expect(outputs, log).toMatchObject({ result: "deployed", release });
      expect(await served()).toBe(`release=${release};`);
    }
  });

  it("obeys a person there without GitHub, by the commands of the README", async () => {
    const [line = "", ...commands] = readmeExample("bluegreen=").trimEnd().split("\n");
    const say = (index: number) => host.as("deploy", `${line}\n${commands[index]?.replace(/#.*/, "")}`);
    expect(JSON.parse(await say(0))).toMatchObject({
      active: "green",
      release: "r2",
      "previous-release": "r1",
    });
    expect(await say(1)).toContain("r1 is live on blue.");
    expect(await served()).toBe("release=r1;");
    expect(await say(2)).toContain("In order: blue serves r1.");
    await say(3);
    expect(await served()).toContain("503");
    await host.as("deploy", `${line}\n$bluegreen maintenance shop off`);
    expect(await served()).toBe("release=r1;");
    const audit = await host.as("deploy", "cat /var/lib/bluegreen/shop/audit.jsonl");
    expect(audit).toContain('"actor":"deploy"');
  });

  it("keeps to itself what is not the router's", async () => {
    const listed = await host.as(
      "nobody",
      "ls /var/lib/bluegreen/shop /var/lib/bluegreen || true; cat /var/lib/bluegreen/shop/state || true",
    );
    expect(listed).toBe("");
  });
});

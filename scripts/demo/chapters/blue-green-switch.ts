import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import { startFaultProxy } from "../../../test/support/fault-proxy.ts";
import type { Chapter, Step } from "../chapter.ts";
import { type Counted, sendCustomers } from "../customers.ts";
import { RELEASES } from "../releases.ts";
import { type ShopServer, startShopServer } from "../shop-server.ts";
import type { Stage } from "../stage.ts";

/** Two releases that go live, and one that goes bad a moment later and comes back by itself. */
export const blueGreenSwitch: Chapter = {
  name: "blue-green-switch",
  title: "A new release goes live with no request lost, and a bad one comes back by itself",
  about:
    "The shop runs on a server of its own, behind nginx, and is reached over SSH. blue-green-switch starts each release " +
    "beside the one that serves, and switches when it is healthy. Eight customers ask for products all the time.",
  needs: ["sshd", "nginx"],
  steps,
};

async function* steps(stage: Stage): AsyncGenerator<Step> {
  const server = await startShopServer();
  const database = await startFaultProxy(Number(new URL(stage.shop.databaseUrl).port));
  try {
    await writeConfig(stage, server);
    yield* story(stage, server, async () => database.set({ kind: "refuse" }), database.port);
  } finally {
    await server.stop();
    await database.stop();
  }
}

async function* story(
  stage: Stage,
  server: ShopServer,
  loseDatabase: () => Promise<void>,
  fragilePort: number,
): AsyncGenerator<Step> {
  const deploy = stepsFor(stage, server);
  yield {
    title: "The first release",
    why: "Nothing serves yet. The agent is put on the server, the database is migrated, the shop starts in blue.",
    ...deploy({ release: RELEASES.first }),
    expected: {
      conclusion: "success",
      outputs: { result: "deployed", active: "blue", release: RELEASES.first },
    },
  };

  const customers = sendCustomers(server.url);
  let counted: Counted;
  try {
    yield {
      title: "The next one, while customers are in the shop",
      why:
        "Green starts beside blue. When it is healthy, nginx is switched by a file and without a reload, the switch is " +
        "proven through nginx, and blue is stopped once nobody is connected to it any more.",
      ...deploy({ release: RELEASES.second }),
      expected: {
        conclusion: "success",
        outputs: { result: "deployed", active: "green", previous: RELEASES.first, "downtime-ms": "0" },
      },
    };
  } finally {
    counted = await customers.leave();
  }
  const { answered, lost } = counted;
  if (lost > 0) throw new Error(`${lost} of ${answered + lost} requests were lost by the switch`);

  const fragile = new URL(stage.shop.databaseUrl);
  fragile.port = String(fragilePort);
  const over = new AbortController();
  const sick = server.watched(RELEASES.third, over.signal).then(loseDatabase);
  try {
    yield {
      title: "A release that goes bad a moment after the switch",
      why:
        `(The ${answered} requests of the customers were all answered.) This release is healthy as well, and switched to; then it ` +
        "loses its database. Three failures in a row are enough: the release before, which is still warm, serves again.",
      ...deploy({ release: RELEASES.third }, fragile.href),
      expected: {
        conclusion: "failure",
        because: [
          /Three requests in a row failed through the router: status 503 .*The old release serves again on green/,
        ],
      },
    };
  } finally {
    over.abort();
    await sick;
  }

  yield {
    title: "What is live now",
    why: "Asked of the server itself. The bad release is remembered, and refused until somebody insists.",
    ...deploy({ operation: "status" }),
    expected: {
      conclusion: "success",
      outputs: { result: "reported", active: "green", release: RELEASES.second, previous: RELEASES.first },
    },
  };
}

const CONFIG = ".github/blue-green.yml";

/** The shop's own file, with what is this server's own, and with shorter waits than a real shop has. */
async function writeConfig({ workspace }: Stage, { config }: ShopServer): Promise<void> {
  const file = path.join(workspace, CONFIG);
  const own = parse(await readFile(file, "utf8"));
  const short = { stability: "2s", settle: "500ms", drain: "5s" };
  const changed = { ...own, ...config, ...short, "public-host": undefined };
  changed.health = { ...own.health, interval: "100ms" };
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, stringify(changed));
}

function stepsFor(
  { shop }: Stage,
  { sshd }: ShopServer,
): (
  inputs: Readonly<Record<string, string>>,
  databaseUrl?: string,
) => Pick<Step, "action" | "with" | "env" | "secrets"> {
  const tokenSecret = randomBytes(24).toString("hex");
  const key = sshd.clientKey();
  return (inputs, databaseUrl = shop.databaseUrl) => ({
    action: "blue-green-switch",
    with: {
      "ssh-host": `${sshd.user}@${sshd.host}:${sshd.port}`,
      "ssh-key": key,
      "ssh-known-hosts": sshd.hostFingerprint("ed25519"),
      ...inputs,
    },
    env: {},
    secrets: {
      SSH_KEY: key,
      DATABASE_URL: databaseUrl,
      DEMO_PASSWORD: shop.demoPassword,
      TOKEN_SECRET: tokenSecret,
    },
  });
}

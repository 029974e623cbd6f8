import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ActionResult } from "../../scripts/runner/run-action.ts";
import { needs } from "../support/needs.ts";
import { type Fleet, startFleet } from "./fleet-hosts.ts";
import { type ShopHost, type Switching, switchOn } from "./shop-host.ts";

// Each test goes on from what the one before it has left: a deploy to three hosts takes its time.
describe("three hosts", { ...needs("sshd", "nginx", "namespaces"), timeout: 90_000 }, () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(3);
    const { outputs, log } = await deploy("r1");
    expect(outputs, log).toMatchObject({ result: "deployed", release: "r1" });
  }, 90_000);
  afterAll(() => fleet.stop(), 30_000);

  // So long that it can be stopped in the middle.
  const between = { stability: "1s" };

  const start = (release: string, inputs = {}, config = {}): Switching =>
    switchOn(
      fleet.hosts[0] as ShopHost,
      { ...fleet.inputs, release, ...inputs },
      { ...fleet.config, ...config },
    );

  const deploy = (release: string, inputs = {}, config = {}): Promise<ActionResult> =>
    start(release, inputs, config).done;

  /** Which of the hosts have a file. */
  const having = (file: string) => fleet.hosts.map(({ outside }) => existsSync(path.join(outside, file)));

  it("do not switch at all when the third never becomes healthy", async () => {
    fleet.hosts[2]?.behave("never");
    const health = fleet.hosts[0]?.config()["health"] as Readonly<Record<string, unknown>>;
    const result = await deploy("r2", {}, { health: { ...health, within: "2s" } });
    expect(result.conclusion).toBe("failure");
    expect(result.outputs, result.log).toMatchObject({ result: "aborted", release: "r1" });
    expect(result.log).not.toContain("switching");
    expect(await fleet.served()).toEqual(["r1", "r1", "r1"]);
  });

  it("all return when the third turns sick in its window", async () => {
    fleet.hosts[2]?.behave("sick-later");
    const result = await deploy("r3", {}, { stability: "1500ms" });
    expect(result.outputs, result.log).toMatchObject({ result: "rolled-back", release: "r1" });
    expect(await fleet.served()).toEqual(["r1", "r1", "r1"]);
    fleet.hosts[2]?.behave("well");
  });

  it("wait together when told to hold, and go on together with a second call; the migration runs once", async () => {
    const migrate = { command: `echo "$RELEASE" >>${fleet.hosts[0]?.directory}/migrated` };
    const held = await deploy("r4", { hold: "true" }, { migrate });
    expect(held.outputs, held.log).toMatchObject({ result: "held" });
    expect(await fleet.served()).toEqual(["r1", "r1", "r1"]);
    const { outputs, log } = await deploy("r4", {}, { migrate });
    expect(outputs, log).toMatchObject({ result: "deployed", release: "r4", previous: "r1" });
    expect(await fleet.served()).toEqual(["r4", "r4", "r4"]);
    expect(having("migrated")).toEqual([true, false, false]);
  });

  it("are brought to the end by a second run when the first one is killed between two hosts", async () => {
    const killed = start("r5", {}, between);
    await killed.seen(/waiting for the others/);
    killed.kill("SIGKILL");
    await killed.done;
    const { outputs, log } = await deploy("r5");
    expect(outputs, log).toMatchObject({ result: "deployed", release: "r5", previous: "r4" });
    expect(await fleet.served()).toEqual(["r5", "r5", "r5"]);
  });

  it("go back together when the run is cancelled between two hosts", async () => {
    const cancelled = start("r6", {}, between);
    await cancelled.seen(/waiting for the others/);
    cancelled.cancel();
    expect((await cancelled.done).conclusion).toBe("cancelled");
    await fleet.settled();
    expect(await fleet.served()).toEqual(["r5", "r5", "r5"]);
  });

  it("get a release that only one of them has", async () => {
    const alone = await deploy("r7", {}, { hosts: [fleet.hosts[0]?.address] });
    expect(alone.outputs, alone.log).toMatchObject({ result: "deployed" });
    expect(await fleet.served()).toEqual(["r7", "r5", "r5"]);
    const { outputs, log } = await deploy("r7");
    expect(outputs, log).toMatchObject({ result: "deployed", release: "r7" });
    expect(await fleet.served()).toEqual(["r7", "r7", "r7"]);
  });
});

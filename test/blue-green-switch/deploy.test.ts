import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needs } from "../support/needs.ts";
import { type ShopHost, startShopHost, switchOn } from "./shop-host.ts";

describe("a host reached over SSH", needs("sshd", "nginx"), () => {
  let host: ShopHost;
  beforeAll(async () => {
    host = await startShopHost();
  });
  afterAll(() => host.stop());

  it("brings a first release live, then another beside it, and rolls back to the first", async () => {
    const first = await switchOn(host, { release: "r1" }).done;
    expect(first.log).toContain("r1 is live on blue");
    expect(first.outputs).toMatchObject({
      result: "deployed",
      active: "blue",
      release: "r1",
      "downtime-ms": "0",
    });
    expect(await host.served()).toEqual({ status: 200, text: '{"release":"r1","color":"blue"}' });

    const second = await switchOn(host, { release: "r2" }).done;
    expect(second.outputs).toMatchObject({
      result: "deployed",
      active: "green",
      release: "r2",
      previous: "r1",
    });
    expect((await host.served()).text).toContain("r2");

    const back = await switchOn(host, { operation: "rollback" }).done;
    expect(back.outputs).toMatchObject({ result: "deployed", release: "r1", previous: "r2" });
    expect((await host.served()).text).toContain("r1");
  });

  it("takes back a release that turns sick under watch, marks it as bad, and refuses it until forced", async () => {
    host.behave("sick-later");
    const sick = await switchOn(host, { release: "r3" }, { stability: "3s" }).done;
    expect(sick.conclusion).toBe("failure");
    expect(sick.outputs).toMatchObject({ result: "rolled-back", release: "r1" });
    expect((await host.served()).text).toContain("r1");
    host.behave("well");
    const again = await switchOn(host, { release: "r3" }).done;
    expect(again.outputs["result"]).toBe("aborted");
    expect(again.log).toContain("r3 was rolled back on");
    const forced = await switchOn(host, { release: "r3", force: "true" }).done;
    expect(forced.outputs).toMatchObject({ result: "deployed", release: "r3" });
  });
});

import { describe, expect, it } from "vitest";
import { addressOf, startProvider } from "../../support/providers/provider.ts";
import { elsewhere, repeats, troubles } from "../../support/providers/troubles.ts";
import { ask, started } from "./ask.ts";

describe("a fake provider", () => {
  it("meets every request with the trouble it suffers, until that is over", async () => {
    const provider = await started(startProvider((request) => ({ body: addressOf(request).pathname })));
    provider.suffer(troubles["is rate limited"]);
    expect(await ask(`${provider.origin}/a`)).toMatchObject({ status: 429 });
    provider.suffer();
    expect(await ask(`${provider.origin}/a`)).toEqual({ status: 200, body: "/a" });
    expect(provider.requests.map(({ url }) => url)).toEqual(["/a", "/a"]);
  });

  it("keeps what a request has changed", async () => {
    const provider = await started(
      startProvider((request, effect) => {
        if (request.method === "DELETE") effect("gone");
        return {};
      }),
    );
    await ask(provider.origin);
    expect(provider.effects).toEqual([]);
    await ask(provider.origin, { method: "DELETE" });
    expect(provider.effects).toEqual(["gone"]);
  });

  it("can repeat what it was sent: address, headers, body, and the decoded user and password", async () => {
    const provider = await started(startProvider(() => ({})));
    provider.suffer(repeats(401));
    const basic = Buffer.from("me:hunter2-hunter2").toString("base64");
    const { status, body } = await ask(`${provider.origin}/t0ken`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}` },
      body: "p=a%2Fb",
    });
    expect(status).toBe(401);
    for (const part of ["/t0ken", "me:hunter2-hunter2", basic, "p=a%2Fb", "p=a/b"])
      expect((body as Record<string, string>)["message"]).toContain(part);
  });

  it("can send its clients elsewhere, with the same method and address", async () => {
    const other = await started(startProvider((request) => ({ body: request.method })));
    const provider = await started(startProvider(() => ({})));
    provider.suffer(elsewhere(other.origin));
    expect(await ask(`${provider.origin}/x?y=z`, { method: "POST" })).toEqual({ status: 200, body: "POST" });
    expect(other.requests[0]?.url).toBe("/x?y=z");
  });

  it("can hang up before and within its answer", async () => {
    const provider = await started(startProvider(() => ({})));
    for (const trouble of ["hangs up without an answer", "hangs up in the middle of its answer"] as const) {
      provider.suffer(troubles[trouble]);
      await expect(ask(provider.origin)).rejects.toThrow();
    }
  });
});

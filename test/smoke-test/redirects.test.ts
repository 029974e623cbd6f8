import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { certificates } from "../support/certificates.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { type Config, smoke, verdicts } from "./smoke.ts";

let server: HttpServer;
let other: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
  other = await startHttpServer();
});
afterEach(() => Promise.all([server.stop(), other.stop()]));

const redirect = (to: string, status = 302) => ({ status, headers: { location: to } });
const verdict = async (check: Config, rest: Config = {}) =>
  verdicts(
    await smoke({ "base-url": server.origin, checks: [{ name: "it", get: "/start", ...check }], ...rest }),
  )["it"];

describe("a redirect", () => {
  it("chain is followed, and can be expected step by step", async () => {
    server.answer(({ url }) =>
      url === "/start" ? redirect("/middle", 301) : url === "/middle" ? redirect("end") : { body: "there" },
    );
    const expect1 = {
      contains: "there",
      redirects: ["/middle", "/end"],
      "final-url": `${server.origin}/end`,
    };
    expect(await verdict({ expect: expect1 })).toBe("passed");
    expect(await verdict({ expect: { redirects: 1 } })).toBe("failed: redirects: expected 1, got 2");
  });

  it("is an answer like any other where it is not to be followed", async () => {
    server.answer(() => redirect("/end"));
    const expectations = { status: 302, headers: { location: "/end" }, redirects: 0 };
    expect(await verdict({ follow: false, expect: expectations })).toBe("passed");
    expect(server.requests).toHaveLength(1);
  });

  it("loop ends after ten", async () => {
    server.answer(({ url }) => redirect(`${url}x`));
    expect(await verdict({})).toBe("failed: more than 10 redirects");
    expect(server.requests).toHaveLength(11);
  });

  it("to something that is not a web address is refused", async () => {
    server.answer(() => redirect("file:///etc/passwd"));
    expect(await verdict({})).toBe("failed: a redirect to something that is not a web address");
  });

  it("to another origin takes no header, no cookie and no body of the check along", async () => {
    const steps = ["/start", "/second"];
    server.answer(({ url }) =>
      url === "/start"
        ? { ...redirect("/second", 303), headers: { location: "/second", "set-cookie": "jar=1" } }
        : redirect(`${other.origin}/end`),
    );
    const verdictOfPost = await verdict({
      get: undefined,
      post: "/start",
      json: { password: "hunter2" },
      headers: { authorization: "Bearer t-123", "x-api-key": "k-123" },
      cookies: { session: "s-123" },
    });
    expect(verdictOfPost).toBe("passed");
    expect(server.requests.map(({ url }) => url)).toEqual(steps);
    expect(server.requests[1]?.headers).toMatchObject({
      authorization: "Bearer t-123",
      cookie: "session=s-123; jar=1",
    });
    const [arrived] = other.requests;
    expect(arrived).toMatchObject({ method: "GET", url: "/end" });
    expect(arrived?.body).toHaveLength(0);
    expect(Object.keys(arrived?.headers ?? {}).sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "host",
      "user-agent",
    ]);
  });

  it.each([307, 308])("%i to another origin is refused when it would send the body there", async (status) => {
    server.answer(() => redirect(`${other.origin}/end`, status));
    expect(await verdict({ get: undefined, post: "/start", body: "secret text" })).toContain(
      "which would send the body there",
    );
    expect(other.requests).toEqual([]);
  });

  it("307 within the origin keeps method and body", async () => {
    server.answer(({ url }) => (url === "/start" ? redirect("/end", 307) : {}));
    expect(await verdict({ get: undefined, put: "/start", body: "text" })).toBe("passed");
    expect(server.requests[1]).toMatchObject({ method: "PUT", url: "/end", body: Buffer.from("text") });
  });

  it("from https to http takes no credential along either", async () => {
    const { authority, good } = await certificates();
    const folder = makeTempDir("ca");
    writeFileSync(`${folder.path}/ca.pem`, authority.cert);
    const secure = await startHttpServer(() => redirect(`http://localhost:${other.port}/plain`), {
      certificate: good,
    });
    const check = { get: `${secure.origin}/`, headers: { authorization: "Bearer t-123" } };
    expect(await verdict(check, { ca: `${folder.path}/ca.pem` })).toBe("passed");
    expect(secure.requests[0]?.headers.authorization).toBe("Bearer t-123");
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
    await secure.stop();
    folder.remove();
  });
});

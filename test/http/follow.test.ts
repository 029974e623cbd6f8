import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpTimeout } from "../../shared/http/exchange.ts";
import { follow, RedirectError } from "../../shared/http/follow.ts";
import { type HttpServer, type Received, startHttpServer } from "../support/http-server.ts";
import { agentsFor, errorOf, requestTo, shown } from "./request.ts";

let home: HttpServer;
let foreign: HttpServer;
beforeEach(async () => {
  [home, foreign] = await Promise.all([startHttpServer(), startHttpServer(() => ({ body: "foreign" }))]);
});
afterEach(() => Promise.all([home.stop(), foreign.stop()]));

type Change = Parameters<typeof requestTo>[1];
const send = (url: string, change?: Change) => follow(() => agentsFor(), requestTo(url, change), true);

/** Answers `/` with a redirect, and everything else with 200. */
function redirect(status: number, location: string, headers: Record<string, string | string[]> = {}): void {
  home.answer(({ url }) =>
    url === "/" ? { status, headers: { ...headers, location } } : { body: "arrived" },
  );
}

function last(server: HttpServer): Received {
  const request = server.requests.at(-1);
  if (request === undefined) throw new Error("no request came");
  return request;
}

describe("following redirects", () => {
  // RFC 9110 section 15.4: only 307 and 308 promise to keep the method of a POST; 303 always turns to GET.
  it.each([
    [301, "GET", "GET"],
    [301, "HEAD", "HEAD"],
    [301, "POST", "GET"],
    [301, "PUT", "PUT"],
    [301, "DELETE", "DELETE"],
    [302, "POST", "GET"],
    [302, "PATCH", "PATCH"],
    [303, "GET", "GET"],
    [303, "HEAD", "HEAD"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [303, "DELETE", "GET"],
    [307, "POST", "POST"],
    [307, "PUT", "PUT"],
    [308, "GET", "GET"],
    [308, "POST", "POST"],
  ])(
    "answers %i to %s with %s, and sends the body along only with the same method",
    async (status, method, then) => {
      redirect(status, "/next");
      const body = Buffer.from("payload");
      const headers = { "content-type": "text/plain", "content-length": "7", "x-kept": "1" };
      const withBody = !["GET", "HEAD", "DELETE"].includes(method);
      const answer = await send(home.origin, { method, ...(withBody ? { body, headers } : {}) });
      expect(answer.status).toBe(200);
      const next = last(home);
      expect([next.method, next.url]).toEqual([then, "/next"]);
      const kept = withBody && then === method;
      expect(next.body.toString()).toBe(kept ? "payload" : "");
      expect(next.headers["content-type"]).toBe(kept ? "text/plain" : undefined);
      expect(next.headers["x-kept"]).toBe(withBody ? "1" : undefined);
    },
  );

  it("tells the way it took, and the address where it ended", async () => {
    home.answer(({ url }) => {
      const next: Record<string, string> = { "/": "/a", "/a": "b?x=1#part", "/b?x=1": "c" };
      const location = next[url];
      return location === undefined ? { body: "end" } : { status: 302, headers: { location } };
    });
    const answer = await send(home.origin);
    expect(shown(answer)).toEqual([200, "end"]);
    expect(answer.url.href).toBe(`${home.origin}/c`);
    expect(answer.redirects).toEqual([
      { status: 302, from: `${home.origin}/`, to: `${home.origin}/a` },
      { status: 302, from: `${home.origin}/a`, to: `${home.origin}/b?x=1` },
      { status: 302, from: `${home.origin}/b?x=1`, to: `${home.origin}/c` },
    ]);
  });

  it.each([300, 304, 305, 200])("does not follow a %i, whatever its Location", async (status) => {
    redirect(status, "/next");
    expect((await send(home.origin)).status).toBe(status);
    expect(home.requests.length).toBe(1);
  });

  it("does not follow where it was told not to, nor without a Location", async () => {
    redirect(302, "/next");
    const answer = await follow(() => agentsFor(), requestTo(home.origin), false);
    expect([answer.status, answer.headers.location, answer.redirects]).toEqual([302, "/next", []]);
    home.answer(() => ({ status: 302 }));
    expect((await send(home.origin)).status).toBe(302);
  });

  it("follows ten redirects and not eleven", async () => {
    home.answer(({ url }) => {
      const left = Number(url.slice(1));
      return left === 0 ? { body: "end" } : { status: 302, headers: { location: `/${left - 1}` } };
    });
    expect((await send(`${home.origin}/10`)).redirects.length).toBe(10);
    const error = await errorOf(send(`${home.origin}/11`));
    expect(error).toBeInstanceOf(RedirectError);
    expect(error.message).toBe("more than 10 redirects");
  });

  it("ends a loop", async () => {
    redirect(301, "/");
    expect(await errorOf(send(home.origin))).toBeInstanceOf(RedirectError);
    expect(home.requests.length).toBe(11);
  });

  it("has one time limit for the whole way", async () => {
    home.answer(async (_request, response) => {
      const timer = setTimeout(() => response.writeHead(302, { location: "/" }).end(), 60);
      response.once("close", () => clearTimeout(timer));
      return undefined;
    });
    expect(await errorOf(send(home.origin, { timeoutMs: 200 }))).toBeInstanceOf(HttpTimeout);
  });

  it.each(["ftp://127.0.0.1/", "file:///etc/passwd", "javascript:alert(1)", "http://[", "data:,x"])(
    "refuses a redirect to %s",
    async (location) => {
      redirect(302, location);
      const error = await errorOf(send(home.origin));
      expect(error).toBeInstanceOf(RedirectError);
      expect(error.message).toBe("a redirect to something that is not a web address");
    },
  );

  it("reads a Location with characters beyond ASCII as UTF-8, as browsers do", async () => {
    home.answer(({ url }, response) => {
      if (url !== "/") return { body: "arrived" };
      const location = Buffer.from("/größe").toString("latin1");
      response.writeHead(302, { location }).end();
      return undefined;
    });
    await send(home.origin);
    expect(last(home).url).toBe("/gr%C3%B6%C3%9Fe");
  });
});

describe("a redirect to another origin", () => {
  const headers = {
    accept: "text/html",
    "accept-language": "pl",
    "user-agent": "test",
    authorization: "Bearer t0ken-of-home",
    cookie: "sid=of-home",
    "proxy-authorization": "Basic eA==",
    "x-api-key": "key-of-home",
    host: "shop.test",
  };

  it.each([301, 302, 303, 307, 308])("by %i loses every header but the harmless ones", async (status) => {
    redirect(status, `${foreign.origin}/in`);
    const answer = await send(home.origin, { headers });
    expect(shown(answer)).toEqual([200, "foreign"]);
    expect(last(home).headers).toMatchObject(headers);
    expect(last(foreign).headers).toEqual({
      accept: "text/html",
      "accept-language": "pl",
      "user-agent": "test",
      host: `127.0.0.1:${foreign.port}`,
      connection: "keep-alive",
    });
  });

  it("is what another name for the same server leads to", async () => {
    home.answer(({ url }) =>
      url === "/" ? { status: 302, headers: { location: `http://localhost:${home.port}/in` } } : {},
    );
    await send(home.origin, { headers });
    expect(last(home).headers.host).toBe(`localhost:${home.port}`);
    expect(last(home).headers.authorization).toBeUndefined();
  });

  it("does not get its headers back when it leads home again", async () => {
    foreign.answer(() => ({ status: 302, headers: { location: `${home.origin}/back` } }));
    redirect(302, foreign.origin, { "set-cookie": "lang=pl" });
    await send(home.origin, { headers });
    expect(last(home).url).toBe("/back");
    expect(last(home).headers.authorization).toBeUndefined();
    expect(last(home).headers["x-api-key"]).toBeUndefined();
    expect(last(home).headers.cookie).toBe("lang=pl");
  });

  it.each([307, 308])("by %i is refused when a body would go there", async (status) => {
    redirect(status, `${foreign.origin}/in`);
    const error = await errorOf(send(home.origin, { method: "POST", body: Buffer.from("password=x") }));
    expect(error).toBeInstanceOf(RedirectError);
    expect(error.message).toBe(
      `a ${status} redirect to another origin (${foreign.origin}), which would send the body there`,
    );
    expect(foreign.requests).toEqual([]);
  });

  it("is followed without the body where the method turns to GET", async () => {
    redirect(302, `${foreign.origin}/in`);
    await send(home.origin, {
      method: "POST",
      body: Buffer.from("password=x"),
      headers: { "content-length": "10" },
    });
    expect(last(foreign)).toMatchObject({ method: "GET", body: Buffer.alloc(0) });
    expect(last(foreign).headers["content-length"]).toBeUndefined();
  });

  it("drops the credentials that a server puts into the Location", async () => {
    redirect(302, `http://user:chosen@127.0.0.1:${foreign.port}/in`);
    const answer = await send(home.origin);
    expect(last(foreign).headers.authorization).toBeUndefined();
    expect(answer.url.href).toBe(`${foreign.origin}/in`);
    expect(JSON.stringify(answer.redirects)).not.toContain("chosen");
  });
});

describe("cookies on the way", () => {
  it("go back to the origin that set them, besides the caller's own", async () => {
    redirect(302, "/next", { "set-cookie": ["sid=1; HttpOnly", "lang=pl", "mine=theirs"] });
    const answer = await send(home.origin, { headers: { cookie: "mine=1; other=2" } });
    expect(last(home).headers.cookie).toBe("mine=theirs; other=2; sid=1; lang=pl");
    expect(Object.fromEntries(answer.cookies)).toEqual({ sid: "1", lang: "pl", mine: "theirs" });
  });

  it("do not go to another origin, nor are they told as its own", async () => {
    redirect(302, foreign.origin, { "set-cookie": "sid=1" });
    foreign.answer(() => ({ headers: { "set-cookie": "foreign=1" } }));
    const answer = await send(home.origin);
    expect(last(foreign).headers.cookie).toBeUndefined();
    expect(Object.fromEntries(answer.cookies)).toEqual({ foreign: "1" });
  });

  it("wait for their origin while the way leads elsewhere", async () => {
    redirect(302, foreign.origin, { "set-cookie": "sid=1" });
    foreign.answer(() => ({
      status: 302,
      headers: { location: `${home.origin}/back`, "set-cookie": "sid=2" },
    }));
    const answer = await send(home.origin);
    expect(last(home).headers.cookie).toBe("sid=1");
    expect(Object.fromEntries(answer.cookies)).toEqual({ sid: "1" });
  });

  it("are gone once the server deletes them, the caller's own included", async () => {
    home.answer(({ url }) => {
      if (url === "/")
        return { status: 302, headers: { location: "/out", "set-cookie": ["sid=1", "lang=pl"] } };
      if (url !== "/out") return {};
      const gone = ["sid=; Max-Age=0", "mine=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"];
      return { status: 303, headers: { location: "/login", "set-cookie": gone } };
    });
    const answer = await send(home.origin, { headers: { cookie: "mine=1" } });
    expect(home.requests.map(({ headers }) => headers.cookie)).toEqual([
      "mine=1",
      "mine=1; sid=1; lang=pl",
      "lang=pl",
    ]);
    expect(Object.fromEntries(answer.cookies)).toEqual({ lang: "pl" });
  });

  it("leave no Cookie header when the last one is deleted", async () => {
    redirect(303, "/login", { "set-cookie": "sid=; Max-Age=0" });
    await send(home.origin, { headers: { cookie: "sid=1" } });
    expect(last(home).headers.cookie).toBeUndefined();
  });
});

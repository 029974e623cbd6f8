import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpBodyError } from "../../shared/http/exchange.ts";
import { type HttpServer, startHttpServer } from "../support/http-server.ts";
import { errorOf, get, shown } from "./request.ts";

const ENCODINGS = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
] as const;

let server: HttpServer;
beforeEach(async () => {
  server = await startHttpServer();
});
afterEach(() => server.stop());

function answerWith(encoding: string, body: Uint8Array): void {
  server.answer(() => ({ headers: { "content-encoding": encoding }, body }));
}

describe.each(ENCODINGS)("an answer in %s", (encoding, compress) => {
  const text = "zażółć gęślą jaźń ".repeat(200);

  it("is decompressed", async () => {
    answerWith(encoding, compress(text));
    expect(shown(await get(server.origin))).toEqual([200, text]);
  });

  it("is decompressed when the server writes the name in capitals", async () => {
    answerWith(` ${encoding.toUpperCase()} `, compress(text));
    expect(shown(await get(server.origin))).toEqual([200, text]);
  });

  it("may be as large as allowed once decompressed, and not one byte more", async () => {
    answerWith(encoding, compress("x".repeat(100_000)));
    expect((await get(server.origin, { maxBodyBytes: 100_000 })).body.length).toBe(100_000);
    const error = await errorOf(get(server.origin, { maxBodyBytes: 99_999 }));
    expect(error).toBeInstanceOf(HttpBodyError);
    expect(error.message).toBe("the answer is larger than 98 KiB");
  });

  it("is refused when it is a bomb", async () => {
    const bomb = compress(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    answerWith(encoding, bomb);
    const error = await errorOf(get(server.origin, { maxBodyBytes: 100_000 }));
    expect(error.message).toBe("the answer is larger than 98 KiB");
  });

  it.each([
    ["cut off", (whole: Buffer) => whole.subarray(0, whole.length - 10)],
    ["something else", () => Buffer.from("just text")],
  ])("is refused when it is %s", async (_what, spoil) => {
    answerWith(encoding, spoil(Buffer.from(compress(text))));
    const error = await errorOf(get(server.origin));
    expect(error).toBeInstanceOf(HttpBodyError);
    expect(error.message).toBe(`the answer says content-encoding "${encoding}" and is not that`);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it("may have no body at all", async () => {
    answerWith(encoding, Buffer.alloc(0));
    expect(shown(await get(server.origin))).toEqual([200, ""]);
    expect(shown(await get(server.origin, { method: "HEAD" }))).toEqual([200, ""]);
  });
});

describe("the encoding of an answer", () => {
  it.each(["identity", ""])("is left alone when it is '%s'", async (encoding) => {
    answerWith(encoding, Buffer.from("plain"));
    expect(shown(await get(server.origin))).toEqual([200, "plain"]);
  });

  it.each(["compress", "rot13", "constructor", "gzip, br"])("is refused when it is %s", async (encoding) => {
    answerWith(encoding, Buffer.from("text"));
    const error = await errorOf(get(server.origin));
    expect(error).toBeInstanceOf(HttpBodyError);
    expect(error.message).toBe(`the answer has the unknown content-encoding "${encoding}"`);
  });

  it("is refused when it is deflate without its frame", async () => {
    answerWith("deflate", deflateRawSync("text"));
    expect((await errorOf(get(server.origin))).message).toContain('says content-encoding "deflate"');
  });
});

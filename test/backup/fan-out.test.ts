import { PassThrough, Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { encode } from "../../shared/backup/encode.ts";
import { FanOut } from "../../shared/backup/fan-out.ts";

function sink(failAt = Number.POSITIVE_INFINITY) {
  const taken: Buffer[] = [];
  const stream = new Writable({
    highWaterMark: 4,
    write(chunk: Buffer, _encoding, done) {
      if (taken.length >= failAt) return done(new Error("full"));
      taken.push(chunk);
      setImmediate(done);
    },
  });
  return { stream, text: () => Buffer.concat(taken).toString() };
}

describe("a fan-out", () => {
  it("gives the same bytes to every sink, in order", async () => {
    const [one, two] = [sink(), sink()];
    const into = new FanOut([one, two].map(({ stream }, index) => ({ name: String(index), sink: stream })));
    for (const text of ["some ", "bytes ", "and more"]) await into.write(Buffer.from(text));
    await into.finish();
    expect([one.text(), two.text()]).toEqual(["some bytes and more", "some bytes and more"]);
  });

  it("goes on without a sink that fails, and names it", async () => {
    const [good, bad] = [sink(), sink(1)];
    const into = new FanOut([
      { name: "good", sink: good.stream },
      { name: "bad", sink: bad.stream },
    ]);
    for (const text of ["some ", "bytes ", "and more"]) await into.write(Buffer.from(text));
    await into.finish();
    expect(good.text()).toBe("some bytes and more");
    expect([...into.failed].map(([{ name }, error]) => [name, error.message])).toEqual([["bad", "full"]]);
  });

  it("fails when its last sink does", async () => {
    const into = new FanOut([{ name: "bad", sink: sink(0).stream }]);
    await expect(
      (async () => {
        for (let turn = 0; turn < 9; turn++) await into.write(Buffer.from("bytes"));
      })(),
    ).rejects.toThrow("full");
  });

  it("whose last sink fails ends a dump that is silent just then", async () => {
    const { stream } = sink();
    const output = new PassThrough();
    output.write("the beginning");
    const whole = Promise.withResolvers<void>();
    const kill = (): void => {
      output.destroy();
      whole.reject(new Error("killed"));
    };
    const encoding = encode(
      { output, whole: whole.promise, kill },
      {
        ...{ compression: "none", level: undefined, zstd: undefined, recipients: [] },
        ...{ signal: new AbortController().signal, into: new FanOut([{ name: "disk", sink: stream }]) },
        onBytes: () => void setImmediate(() => stream.destroy(new Error("full"))),
      },
    );
    await expect(encoding).rejects.toThrow("full");
  });

  it.each([
    ["with an error", new Error("gone")],
    ["without one", undefined],
  ])("takes a sink that was destroyed before, %s, for failed", async (_name, error) => {
    const { stream } = sink();
    stream.on("error", () => undefined).destroy(error);
    await new Promise((resolve) => setImmediate(resolve));
    const into = new FanOut([{ name: "early", sink: stream }]);
    await expect(into.finish()).rejects.toThrow(error === undefined ? "it was closed" : "gone");
  });
});

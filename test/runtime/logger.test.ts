import { setInterval } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createLogger } from "../../shared/runtime/logger.ts";
import { Redactor } from "../../shared/runtime/redactor.ts";
import { neutralizeCommands } from "../../shared/runtime/remote-text.ts";

function recorder() {
  const chunks: string[] = [];
  const redactor = new Redactor();
  redactor.add("s3cr3t-value");
  const log = createLogger({
    write: (chunk) => void chunks.push(chunk),
    clean: (message) => neutralizeCommands(redactor.redact(message)),
  });
  return { log, text: () => chunks.join(""), chunks };
}

describe("a logger", () => {
  it("writes whole lines", () => {
    const { log, chunks } = recorder();
    log.info("one");
    log.info("two\nlines");
    expect(chunks).toEqual(["one\n", "two\nlines\n"]);
  });

  it("takes secrets out of lines, debug lines and titles", async () => {
    const { log, text } = recorder();
    log.info("token=s3cr3t-value");
    log.debug("token=s3cr3t-value");
    await log.group("with s3cr3t-value", async () => undefined);
    expect(text()).toBe("token=***\n::debug::token=***\n::group::with ***\n::endgroup::\n");
  });

  it.each(["::error::fake", "text\n::add-mask::e", "  ::stop-commands::x", "##[error]fake", "a\r::group::x"])(
    "never writes a command of somebody else's: %j",
    (message) => {
      const { log, text } = recorder();
      log.info(message);
      expect(text()).not.toMatch(/(?:^|[\r\n])\s*::|##\[/);
    },
  );

  it("keeps a debug message and a title on one line", async () => {
    const { log, text } = recorder();
    log.debug("100%\r\nfine\n::error::x");
    await log.group("two\nlines", async () => undefined);
    expect(text()).toBe("::debug::100%25%0D%0Afine%0A: :error::x\n::group::two%0Alines\n::endgroup::\n");
  });

  it("ends a group with its work, and gives back what the work gave", async () => {
    const { log, text } = recorder();
    const result = await log.group("Phase", async () => {
      log.info("inside");
      return 7;
    });
    log.info("outside");
    expect(result).toBe(7);
    expect(text()).toBe("::group::Phase\ninside\n::endgroup::\noutside\n");
  });

  it("ends a group whose work fails, with its error", async () => {
    const { log, text } = recorder();
    const failed = new Error("it failed");
    const grouped = log.group("Phase", async () => {
      throw failed;
    });
    await expect(grouped).rejects.toBe(failed);
    expect(text()).toBe("::group::Phase\n::endgroup::\n");
  });

  it("reports progress until it is told to stop", async () => {
    const { log, text } = recorder();
    const enough = Promise.withResolvers<void>();
    let count = 0;
    const stop = log.progress(() => {
      count += 1;
      if (count === 3) {
        stop();
        enough.resolve();
      }
      return `${count} done`;
    }, 1);
    await enough.promise;
    // Time in which it would have gone on.
    let ticks = 0;
    for await (const _ of setInterval(1)) if (++ticks === 10) break;
    expect(text()).toBe("1 done\n2 done\n3 done\n");
  });
});

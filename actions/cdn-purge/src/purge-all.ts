import { randomUUID } from "node:crypto";
import { formatDuration } from "../../../shared/runtime/values.ts";
import { purgeCloudflare, type Zone } from "./cloudflare.ts";
import { createInvalidation, type Distribution, readInvalidation } from "./cloudfront.ts";
import type { Purge } from "./plan.ts";
import { type Patience, persist, type Trouble } from "./reply.ts";
import { describePurge } from "./words.ts";

/** What became of one purge. */
export type Done = {
  readonly purge: Purge;
  /** `accepted`: the CDN does it, and its end was not seen or not waited for. */
  state: "open" | "accepted" | "completed" | "failed";
  /** The invalidation at CloudFront. */
  id?: string;
  trouble?: Trouble;
};

export type Places = { readonly zone: Zone | undefined; readonly distribution: Distribution | undefined };

const ASK_EVERY_MS = 5_000;

/**
 * Makes every purge, one after the other; one that fails does not keep the rest from being made. Writes down in `all` what
 * has become of each, so that it is known however this ends. Rejects with the signal's reason.
 */
export async function purgeAll(
  all: readonly Done[],
  { zone, distribution }: Places,
  patience: Patience,
): Promise<void> {
  for (const done of all) {
    const { purge } = done;
    const what = describePurge(purge);
    if (purge.cdn === "cloudflare") {
      if (zone === undefined) throw new Error("a purge without its zone");
      const reply = await persist(what, patience, () => purgeCloudflare(purge, zone, patience));
      if (reply.kind === "done") done.state = "completed";
      else fail(done, reply);
    } else {
      if (distribution === undefined) throw new Error("a purge without its distribution");
      // Anew for each run, because CloudFront does nothing for one that it has seen; the same for each try.
      const reference = randomUUID();
      const reply = await persist(what, patience, () =>
        createInvalidation(purge, reference, distribution, patience),
      );
      if (reply.kind !== "done") fail(done, reply);
      else {
        done.state = reply.value.completed ? "completed" : "accepted";
        done.id = reply.value.id;
      }
    }
    patience.log.info(
      `${what}: ${done.trouble?.why ?? done.state}${done.id === undefined ? "" : ` (${done.id})`}`,
    );
  }
}

/** Waits until CloudFront has finished all that it has accepted. Rejects with the signal's reason. */
export async function waitForAll(
  all: readonly Done[],
  distribution: Distribution,
  patience: Patience,
): Promise<void> {
  const { clock, log, signal } = patience;
  const started = clock.monotonic();
  const open = () => all.filter(({ state, id }) => state === "accepted" && id !== undefined);
  const stop = log.progress(() => `${open().length} invalidations in progress`);
  try {
    while (open().length > 0) {
      await clock.sleep(ASK_EVERY_MS, signal);
      for (const done of open()) {
        const id = done.id ?? "";
        const reply = await persist(`Invalidation ${id}`, patience, () =>
          readInvalidation(id, distribution, patience),
        );
        if (reply.kind !== "done") fail(done, reply);
        else if (reply.value.completed) {
          done.state = "completed";
          log.info(`Invalidation ${id}: completed after ${formatDuration(clock.monotonic() - started)}`);
        }
      }
    }
  } finally {
    stop();
  }
}

function fail(done: Done, trouble: Trouble): void {
  done.state = "failed";
  done.trouble = trouble;
}

import type { CompletedPart } from "@aws-sdk/client-s3";
import { UserError } from "../../runtime/user-error.ts";
import { closed, openSink } from "../sink.ts";
import type { BeginOptions, PendingObject } from "../store.ts";
import { abortUploads, CLEAN_UP_MS } from "./abort-uploads.ts";
import { mayPass } from "./failure.ts";
import { MOST_PARTS, partSizeFor, partsAtOnce } from "./part-size.ts";
import { PartBuffers } from "./parts.ts";
import type { S3Requests } from "./requests.ts";

/**
 * Begins an object: of one request when it fits into a part, else of a multipart upload, which nobody sees before it
 * is completed. `cleaning` are the same requests with few tries, for what is to be undone quickly.
 */
export function beginUpload(
  requests: S3Requests,
  cleaning: S3Requests,
  key: string,
  { expectedBytes, signal }: BeginOptions,
  partSize = partSizeFor(expectedBytes),
): PendingObject {
  signal.throwIfAborted();
  const atOnce = partsAtOnce(partSize);
  const buffers = new PartBuffers(partSize, atOnce + 1);
  // Ends the requests under way when the object is abandoned, too.
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const uploads = new Set<Promise<void>>();
  const parts: CompletedPart[] = [];
  let failure: unknown;
  let upload: string | undefined;
  let size = 0;
  // What may have come to be without our hearing of it.
  let strayUploads = false;
  let strayObject = false;
  let published = false;

  const create = async (): Promise<string> => {
    try {
      return await requests.create(key, either, () => {
        strayUploads = true;
      });
    } catch (error) {
      strayUploads ||= either.aborted || mayPass((error as Error).cause);
      throw error;
    }
  };
  const send = async (body: Buffer): Promise<void> => {
    if (parts.length + uploads.size >= MOST_PARTS) {
      throw new UserError(
        `${requests.url(key)} does not fit into ${MOST_PARTS.toLocaleString("en")} parts of ${partSize >> 20} MiB.`,
        { hint: "Set 's3-part-size' to more.", where: { input: "s3-part-size" } },
      );
    }
    upload ??= await create();
    while (uploads.size >= atOnce) await Promise.race(uploads);
    if (failure !== undefined) throw failure;
    const number = ++partsBegun;
    const sending = requests
      .part(key, upload, number, body, either)
      .then((part) => void parts.push(part))
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        uploads.delete(sending);
        buffers.release(body);
      });
    uploads.add(sending);
  };
  let partsBegun = 0;

  const sink = openSink({
    highWaterMark: 1 << 20,
    signal,
    interrupt: () => over.abort(new Error("the upload was broken off")),
    write: async (chunks) => {
      for (const chunk of chunks) {
        size += chunk.length;
        await buffers.add(chunk, send);
      }
      if (failure !== undefined) throw failure;
    },
    end: async () => {
      if (upload !== undefined) await send(buffers.rest());
      await Promise.all(uploads);
      if (failure !== undefined) throw failure;
    },
  });

  const finish = async (): Promise<void> => {
    if (upload === undefined) return requests.put(key, buffers.rest(), signal);
    parts.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    if (parts.length !== partsBegun) throw new Error("parts of the upload are missing");
    await requests.complete(key, upload, parts, size, signal);
  };

  return {
    sink,
    publish: async () => {
      if (!sink.writableFinished) throw new Error("an object is published before all of it was written");
      signal.throwIfAborted();
      try {
        await finish();
      } catch (error) {
        strayObject = signal.aborted || mayPass((error as Error).cause);
        throw error;
      }
      published = true;
      if (strayUploads) await abortUploads(cleaning, key, [], true);
    },
    abandon: async () => {
      if (published) throw new Error("an object is abandoned that was published");
      sink.destroy();
      await closed(sink);
      await Promise.all(uploads);
      const known = upload === undefined ? [] : [upload];
      const left = await abortUploads(cleaning, key, known, strayUploads);
      if (strayObject) {
        const removed = await cleaning.remove(key, AbortSignal.timeout(CLEAN_UP_MS)).then(
          () => true,
          () => false,
        );
        if (!removed) left.push(`${requests.url(key)}, if it came to be (aws s3 rm ${requests.url(key)})`);
        else strayObject = false;
      }
      if (left.length === 0) upload = undefined;
      return left.length === 0 ? undefined : left.join("; ");
    },
  };
}

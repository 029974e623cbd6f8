import { Readable } from "node:stream";
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from "@aws-sdk/client-s3";
import { destroyOnAbort } from "../destroy-on-abort.ts";
import { cutShort } from "../exactly.ts";
import { NoSuchObject } from "../store.ts";
import { isGone, mayPass, s3Error } from "./failure.ts";
import { type Trying, withTries } from "./retry.ts";

type Place = { readonly bucket: string; readonly key: string; readonly url: string };

/**
 * The bytes of an object. A download that breaks off goes on where it was, in the same version of the object, as long as
 * each try brings something new.
 */
export async function download(
  client: S3Client,
  place: Place,
  trying: Trying,
  signal: AbortSignal,
): Promise<Readable> {
  const what = `Reading ${place.url}`;
  const get = (from: number, tag: string | undefined) =>
    withTries(what, trying, signal, () =>
      client.send(
        new GetObjectCommand({
          Bucket: place.bucket,
          Key: place.key,
          ...(from === 0 ? {} : { Range: `bytes=${from}-`, IfMatch: tag }),
        }),
        { abortSignal: signal },
      ),
    );
  const first = await get(0, undefined).catch((error: Error) => {
    throw isGone(error.cause) ? new NoSuchObject(place.url) : error;
  });
  const size = first.ContentLength;
  if (size === undefined) throw new Error(`${what}: the service did not say how long it is`);
  const stream = Readable.from(bytes(first, size), { objectMode: false, highWaterMark: 1 << 20 });
  destroyOnAbort(stream, signal);
  return stream;

  async function* bytes(answer: GetObjectCommandOutput, whole: number): AsyncGenerator<Buffer> {
    let seen = 0;
    let current = answer;
    for (let fruitless = 0; ; ) {
      const before = seen;
      const body = current.Body as Readable;
      let broken: unknown;
      try {
        for await (const chunk of body) {
          seen += (chunk as Buffer).length;
          yield chunk as Buffer;
        }
      } catch (error) {
        broken = error;
      } finally {
        body.destroy();
      }
      signal.throwIfAborted();
      if (seen === whole) return;
      if (seen > whole) throw cutShort(place.url, seen, whole);
      fruitless = seen === before ? fruitless + 1 : 0;
      if (fruitless >= trying.tries || (broken !== undefined && !mayPass(broken)))
        throw broken === undefined ? cutShort(place.url, seen, whole) : s3Error(what, broken);
      trying.info(`${what} broke off after ${seen} of ${whole} bytes. Going on from there.`);
      current = await get(seen, answer.ETag);
      const expected = whole - seen;
      if (current.ContentLength !== expected)
        throw cutShort(place.url, seen + (current.ContentLength ?? 0), whole);
    }
  }
}

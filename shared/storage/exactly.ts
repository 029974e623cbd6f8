import { type Readable, Transform } from "node:stream";
import { UserError } from "../runtime/user-error.ts";
import { destroyOnAbort } from "./destroy-on-abort.ts";

/** The bytes of a stream that ends with an error unless there were exactly `size` of them; `explain` makes of its own errors what users see. */
export function exactly(
  size: number,
  location: string,
  source: Readable,
  { explain, signal }: { readonly explain: (error: Error) => Error; readonly signal: AbortSignal },
): Readable {
  let seen = 0;
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      seen += chunk.length;
      done(null, chunk);
    },
    flush: (done) => done(seen === size ? null : cutShort(location, seen, size)),
  });
  source.once("error", (error) => counted.destroy(explain(error)));
  counted.once("close", () => source.destroy());
  destroyOnAbort(counted, signal);
  return source.pipe(counted);
}

/** The error for an object that ended before, or after, its end. */
export function cutShort(location: string, seen: number, size: number): UserError {
  return new UserError(`${location} gave ${seen} bytes instead of ${size}.`, {
    hint: "Something changed it while it was read, or the storage is damaged: read it again.",
  });
}

import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import type { SizedFile } from "../measures/bundle.ts";
import type { SizeGlob } from "../settings.ts";
import { type Found, findFiles, openFile, type Roots } from "./find-files.ts";
import type { Problem } from "./read-reports.ts";

export type Sizes = { readonly files: readonly SizedFile[]; readonly problems: readonly Problem[] };

/** Measures the files of all globs, each file once. Throws what the signal says when it is aborted. */
export async function readSizes(
  globs: readonly SizeGlob[],
  roots: Roots,
  signal: AbortSignal,
): Promise<Sizes> {
  const problems: Problem[] = [];
  const wanted = new Map<string, { file: Found; groups: Set<string> }>();
  for (const { glob, group, where } of globs) {
    try {
      for (const file of await findFiles(glob, "sizes", roots, where)) {
        const known = wanted.get(file.real) ?? { file, groups: new Set() };
        if (group !== undefined) known.groups.add(group);
        wanted.set(file.real, known);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push({ path: glob, message: error.message, hint: error.hint });
    }
  }
  const files: SizedFile[] = [];
  for (const { file, groups } of wanted.values()) {
    files.push({ path: file.path, ...(await sizeOf(file, signal)), groups: [...groups] });
  }
  if (files.length > 0 && files.every(({ raw }) => raw === 0)) {
    const message = "sizes: every file is empty: nothing was built.";
    problems.push({ path: "sizes", message, hint: "Look at the step that builds." });
  }
  return { files, problems };
}

/** As a web server with gzip at its best (level 9) would send it. */
async function sizeOf({ real }: Found, signal: AbortSignal): Promise<{ raw: number; gzip: number }> {
  let [raw, gzip] = [0, 0];
  const handle = await openFile(real);
  try {
    await pipeline(
      handle.createReadStream({ autoClose: false }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          raw += chunk.length;
          yield chunk;
        }
      },
      createGzip({ level: 9 }),
      async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) gzip += chunk.length;
      },
      { signal },
    );
  } finally {
    await handle.close();
  }
  return { raw, gzip };
}

import { createHash } from "node:crypto";
import { UserError } from "../../../../shared/runtime/user-error.ts";
import { readReport } from "../formats/detect.ts";
import type { Context } from "../formats/source-file.ts";
import { type Format, type Report, ReportFault } from "../measures/report.ts";
import { formatQuantity } from "../rules/quantity.ts";
import type { ReportGlob } from "../settings.ts";
import { type Found, findFiles, openFile, type Roots } from "./find-files.ts";

/** A report that proves nothing, or a glob that matches none. */
export type Problem = { readonly path: string; readonly message: string; readonly hint: string };

export type Reading = {
  readonly reports: readonly Report[];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
};

type Limits = { readonly roots: Roots; readonly maxBytes: number; readonly context: Context };

/** Finds and reads all reports. What is wrong with one keeps no other from being read. */
export async function readReports(
  globs: readonly ReportGlob[],
  { roots, maxBytes, context }: Limits,
  onReport: (report: Report) => void,
): Promise<Reading> {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const wanted = new Map<string, { file: Found; format: Format | undefined }>();
  for (const { glob, format, where } of globs) {
    try {
      for (const file of await findFiles(glob, "reports", roots, where)) {
        const known = wanted.get(file.real);
        wanted.set(file.real, { file: known?.file ?? file, format: known?.format ?? format });
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push({ path: glob, message: error.message, hint: error.hint });
    }
  }
  const reports: Report[] = [];
  const byDigest = new Map<string, string>();
  for (const { file, format } of wanted.values()) {
    context.signal?.throwIfAborted();
    try {
      const bytes = await readBytes(file, maxBytes);
      const digest = createHash("sha256").update(bytes).digest("hex");
      const twin = byDigest.get(digest);
      if (twin !== undefined) {
        notes.push(`${file.path} is the same as ${twin}, byte for byte, and was counted once`);
        continue;
      }
      byDigest.set(digest, file.path);
      const report = { ...(await readReport({ path: file.path, bytes }, context, format)), path: file.path };
      reports.push(report);
      onReport(report);
    } catch (error) {
      if (!(error instanceof ReportFault)) throw error;
      problems.push({ path: file.path, message: `${file.path} ${error.message}.`, hint: error.hint });
    }
  }
  return { reports, problems, notes };
}

async function readBytes({ real }: Found, maxBytes: number): Promise<Uint8Array> {
  const handle = await openFile(real).catch((error: unknown) => {
    throw new ReportFault(
      `cannot be read (${error instanceof Error && "code" in error ? String(error.code) : "error"})`,
    );
  });
  try {
    const { size } = await handle.stat();
    if (size > maxBytes) {
      const sizes = `${formatQuantity(size, "bytes")}, more than ${formatQuantity(maxBytes, "bytes")}`;
      throw new ReportFault(`has ${sizes}`, "Raise max-report-size if that is meant.");
    }
    const bytes = Buffer.alloc(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await handle.read(bytes, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { locate } from "../needs.ts";
import { makeTempDir } from "../temp-dir.ts";
import type { GitHubPackages } from "./server.ts";

const run = promisify(execFile);

/** Pulls a tag with every platform of it, as a stranger would; the error that it meets, if it meets one. */
export async function pull(server: GitHubPackages, image: string, tag: string): Promise<string | undefined> {
  const directory = makeTempDir("pulled");
  try {
    const source = `docker://${new URL(server.backend ?? "").host}/${image}:${tag}`;
    const options = [
      "copy",
      "--all",
      "--quiet",
      "--insecure-policy",
      "--src-tls-verify=false",
      "--src-no-creds",
    ];
    await run(locate("skopeo"), [...options, source, `dir:${path.join(directory.path, "image")}`], {
      env: { PATH: process.env["PATH"], HOME: directory.path },
    });
    return undefined;
  } catch (error) {
    return (error as { readonly stderr?: string }).stderr ?? String(error);
  } finally {
    directory.remove();
  }
}

/** The tags of a package, but for those that tools make, that cannot be pulled whole, with the reason. */
export async function broken(server: GitHubPackages, image: string): Promise<Record<string, string>> {
  const tags = [...server.package(image).tags().keys()].filter((tag) => !/^sha256-/.test(tag));
  const found: Record<string, string> = {};
  await Promise.all(
    tags.map(async (tag) => {
      const error = await pull(server, image, tag);
      if (error !== undefined) found[tag] = error;
    }),
  );
  return found;
}

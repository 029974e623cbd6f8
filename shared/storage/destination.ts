import path from "node:path";
import { UserError } from "../runtime/user-error.ts";

/** One line of the input `destination`, read. */
export type Destination =
  | { readonly kind: "local"; readonly directory: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string }
  | { readonly kind: "ssh"; readonly directory: string };

const HINT =
  "Write a directory (/var/backups, ./backups), s3://bucket/prefix, or ssh:/srv/backups for a directory on the SSH host.";
// "General purpose bucket naming rules" of the Amazon S3 user guide; other services also take underscores and capitals.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const SCHEME = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?!\\)/;

/** Reads a destination. A relative local directory is taken from `workspace`. Throws a UserError. */
export function parseDestination(text: string, workspace: string): Destination {
  if (/[\p{Cc}]/u.test(text)) throw refused(text, "it has control characters");
  const scheme = SCHEME.exec(text)?.groups?.["scheme"]?.toLowerCase();
  if (scheme === "s3") return parseS3(text);
  if (scheme === "ssh") return parseSsh(text);
  if (scheme !== undefined) throw refused(text, `${scheme}: is no kind of destination`);
  if (text.startsWith("~")) throw refused(text, "no shell reads it, so ~ is not expanded");
  if (text === "") throw refused(text, "it is empty");
  return { kind: "local", directory: path.resolve(workspace, text) };
}

/** How people see a destination, and what {@link parseDestination} takes. */
export function destinationName(destination: Destination): string {
  if (destination.kind === "local") return destination.directory;
  if (destination.kind === "ssh") return `ssh:${destination.directory}`;
  return `s3://${destination.bucket}${destination.prefix === "" ? "" : `/${destination.prefix}`}`;
}

/** A place that was printed as a location, or a destination in which a backup is to be chosen. */
export type Source = { readonly destination: Destination; readonly key?: string };

/** The end of an object's key that backups and their manifests have: `shop/20261121T030000Z_3f9a.dump.zst.age`. */
const LOCATION =
  /^(?<root>.*?)\/?(?<key>[A-Za-z0-9._=-]+\/[A-Za-z0-9][A-Za-z0-9._-]*\.(?:dump(?:\.[a-z0-9]+)*|json))$/;

/** Reads what db-backup printed as a location, or a destination. Throws a UserError. */
export function parseSource(text: string, workspace: string): Source {
  const found = LOCATION.exec(text)?.groups;
  if (found?.["key"] === undefined) return { destination: parseDestination(text, workspace) };
  const written = found["root"] ?? "";
  const atRoot = text[written.length] === "/";
  const root = written === "" || written === "ssh:" ? written + (atRoot ? "/" : "") : written;
  const destination = parseDestination(root || ".", workspace);
  return { destination, key: found["key"] };
}

function parseS3(text: string): Destination {
  const found = /^s3:\/\/(?<bucket>[^/?#@]*)(?:\/(?<prefix>[^?#]*))?$/i.exec(text)?.groups;
  const bucket = found?.["bucket"] ?? "";
  if (found === undefined) throw refused(text, "it is not of the form s3://bucket/prefix");
  if (!BUCKET.test(bucket)) throw refused(text, "it names no valid bucket");
  const prefix = (found["prefix"] ?? "").replace(/^\/+|\/+$/g, "");
  if (prefix.split("/").some((segment) => segment === "." || segment === ".."))
    throw refused(text, "its prefix has . or .. in it");
  return { kind: "s3", bucket, prefix };
}

function parseSsh(text: string): Destination {
  const directory = text.slice("ssh:".length);
  if (directory.startsWith("//")) {
    throw refused(text, "host and user stand in ssh-host and ssh-user");
  }
  if (directory.startsWith("~")) throw refused(text, "no shell reads it, so ~ is not expanded");
  const trimmed = directory.length > 1 ? directory.replace(/\/+$/, "") : directory;
  if (trimmed === "") throw refused(text, "it names no directory");
  return { kind: "ssh", directory: trimmed };
}

function refused(text: string, why: string): UserError {
  // No quote of the text: somebody may have put a key pair into it.
  const shown = /[@?]/.test(text)
    ? "The destination"
    : `The destination ${JSON.stringify(text.slice(0, 200))}`;
  return new UserError(`${shown} is not understood: ${why}.`, {
    hint: HINT,
    where: { input: "destination" },
  });
}

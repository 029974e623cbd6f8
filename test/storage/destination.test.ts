import { expect, test } from "vitest";
import { UserError } from "../../shared/runtime/user-error.ts";
import { destinationName, parseDestination, parseSource } from "../../shared/storage/destination.ts";

test.each([
  ["/var/backups/", { kind: "local", directory: "/var/backups" }, "/var/backups"],
  ["backups", { kind: "local", directory: "/w/backups" }, "/w/backups"],
  ["./my backups", { kind: "local", directory: "/w/my backups" }, "/w/my backups"],
  ["s3://bucket", { kind: "s3", bucket: "bucket", prefix: "" }, "s3://bucket"],
  ["s3://bucket/a/b/", { kind: "s3", bucket: "bucket", prefix: "a/b" }, "s3://bucket/a/b"],
  ["ssh:/srv/backups/", { kind: "ssh", directory: "/srv/backups" }, "ssh:/srv/backups"],
  ["ssh:backups", { kind: "ssh", directory: "backups" }, "ssh:backups"],
  ["ssh:/", { kind: "ssh", directory: "/" }, "ssh:/"],
])("%s is read, and shown in a form that is read as the same", (text, destination, name) => {
  expect(parseDestination(text, "/w")).toEqual(destination);
  expect(destinationName(parseDestination(text, "/w"))).toBe(name);
  expect(parseDestination(name, "/elsewhere")).toEqual(destination);
});

test.each([
  ["gs://bucket", "gs: is no kind of destination"],
  ["S3:bucket", "not of the form s3://bucket/prefix"],
  ["s3://b", "names no valid bucket"],
  ["s3://bucket/../other", "has . or .. in it"],
  ["s3://key:secret@bucket/x", "not of the form"],
  ["s3://bucket?x=1", "not of the form"],
  ["ssh://host/dir", "host and user stand in ssh-host"],
  ["ssh:", "names no directory"],
  ["ssh:~/backups", "~ is not expanded"],
  ["~/backups", "~ is not expanded"],
  ["/a\nb", "control characters"],
])("%j is refused", (text, why) => {
  const parse = () => parseDestination(text, "/w");
  expect(parse).toThrow(UserError);
  expect(parse).toThrow(why);
});

test("credentials that somebody wrote into a destination are not quoted", () => {
  expect(() => parseDestination("s3://AKIA:topsecret@bucket", "/w")).toThrow(/^(?!.*topsecret)/);
});

const key = "my=20shop/20261121T030000Z_3f9a.dump.zst.age";

test.each([
  ["/var/backups", "/var/backups"],
  ["s3://bucket", "s3://bucket"],
  ["s3://bucket/a/b", "s3://bucket/a/b"],
  ["ssh:/srv/backups", "ssh:/srv/backups"],
  ["ssh:backups", "ssh:backups"],
  ["/", "/"],
  ["ssh:/", "ssh:/"],
])("a location in %s is taken apart into destination and key", (where, name) => {
  for (const each of [key, key.replace(/\.dump.*/, ".json"), key.replace(".zst.age", "")]) {
    const source = parseSource(`${where.replace(/\/$/, "")}/${each}`, "/w");
    expect([destinationName(source.destination), source.key]).toEqual([name, each]);
  }
});

test("a destination is taken for a place in which a backup is to be chosen", () => {
  expect(parseSource("s3://bucket/a.dump/b", "/w")).toEqual({
    destination: { kind: "s3", bucket: "bucket", prefix: "a.dump/b" },
  });
  expect(parseSource(key, "/w")).toEqual({ destination: { kind: "local", directory: "/w" }, key });
});

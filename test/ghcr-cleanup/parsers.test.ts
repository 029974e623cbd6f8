import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRealTag, subjectOfTag } from "../../actions/ghcr-cleanup/src/accessory-tag.ts";
import { parsePattern } from "../../actions/ghcr-cleanup/src/pattern.ts";
import { parseSelection } from "../../actions/ghcr-cleanup/src/pattern-list.ts";
import { readManifest } from "../../actions/ghcr-cleanup/src/read-manifest.ts";
import { ValueError } from "../../shared/runtime/values.ts";
import { runs } from "../support/effort.ts";

const hex = "0123456789abcdef".repeat(4);
const IMAGE = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const descriptor = (mediaType: string, more: object = {}) => ({
  mediaType,
  digest: `sha256:${hex}`,
  size: 3,
  ...more,
});
const read = (value: unknown, mediaType = IMAGE) =>
  readManifest(Buffer.from(JSON.stringify(value)), mediaType);

describe("patterns of tags", () => {
  it.each([
    ["v*", ["v1", "v", "v1.0/x"], ["V1", "av1"]],
    ["*", ["", "a"], []],
    ["latest", ["latest"], ["latest2", "alatest", "Latest"]],
    ["pr-?", ["pr-1"], ["pr-", "pr-12"]],
    ["v[0-9]*", ["v1", "v9.2"], ["va", "v"]],
    ["[!a-c]x", ["dx"], ["ax", "x"]],
    ["a.b", ["a.b"], ["axb"]],
    ["/^v[0-9]+$/", ["v12"], ["v1.2", "xv1"]],
    ["/beta/", ["1-beta-2"], ["alpha"]],
    ["**a**", ["a", "bab"], ["b"]],
  ])("%s", (source, matching, others) => {
    const pattern = parsePattern(source);
    expect(matching.filter((tag) => !pattern.matches(tag))).toEqual([]);
    expect(others.filter((tag) => pattern.matches(tag))).toEqual([]);
  });

  it.each(["", "/", "//", "/a", "/(/", "/[z-a]/", "[", "a[b", "[!", "a\\", "/a/i", "x".repeat(256)])(
    "%s is refused with a reason",
    (source) => {
      expect(() => parsePattern(source)).toThrow(ValueError);
    },
  );

  it.each([
    ["a list between blanks", "latest production"],
    ["expressions between blanks", "/^latest$/ /^v[0-9]+$/"],
    ["a list between semicolons", "latest;production"],
    ["a list that is one text", "latest,production"],
    ["braces", "{latest,v*}"],
    ["quotes", '"latest"'],
    ["an expression without slashes", "^v[0-9]+$"],
    ["another one", "(latest|production)"],
    ["an exclusion, which only names of packages know", "!v1"],
    ["an image", "shop:latest"],
  ])("%s, which no tag could match, is refused and keeps nothing silently", (_, source) => {
    expect(() => parsePattern(source)).toThrow(ValueError);
  });

  it("names of packages are read in small letters, as the registry has them", () => {
    const { chosen, excluded } = parseSelection("Shop, Team/*, !Team/Base, /^A/");
    expect([...chosen, ...excluded].map(({ source }) => source)).toEqual([
      "shop",
      "team/*",
      "/^A/",
      "team/base",
    ]);
  });

  const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "-", "*", "?"), maxLength: 12 });

  it("matches as a plain translation to a regular expression does", () => {
    fc.assert(
      fc.property(text, text, (source, tag) => {
        if (source === "") return;
        const escaped = source.replace(/[.*+?^${}()|[\]\\-]/g, (one) =>
          one === "*" ? "[^]*" : one === "?" ? "[^]" : `\\${one}`,
        );
        expect(parsePattern(source).matches(tag)).toBe(new RegExp(`^${escaped}$`).test(tag));
      }),
      { numRuns: runs(2_000, 200_000) },
    );
  });

  const mostlyPossible = fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(..."abzAZ019._-") },
    { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 1, unit: "binary" }) },
  );

  it("any text is a pattern or is refused; a pattern without signs matches itself alone", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 40, unit: mostlyPossible }),
        fc.string(),
        (source, tag) => {
          let pattern: ReturnType<typeof parsePattern>;
          try {
            pattern = parsePattern(source);
          } catch (error) {
            expect(error).toBeInstanceOf(ValueError);
            return;
          }
          if (/[*?[\]\\/]/.test(source)) pattern.matches(tag);
          else expect([pattern.matches(source), pattern.matches(`${source}x`)]).toEqual([true, false]);
        },
      ),
      { numRuns: runs(2_000, 200_000) },
    );
  });

  it("no glob takes long", () => {
    const pattern = parsePattern(`${"*a".repeat(120)}b`);
    expect(pattern.matches("a".repeat(20_000))).toBe(false);
  });
});

describe("tags that tools make", () => {
  it.each([
    [`sha256-${hex}`, true],
    [`sha256-${hex}.sig`, true],
    [`sha256-${hex}.att`, true],
    [`sha256-${hex}.sbom`, true],
    [`sha256-${hex}-unsigned`, true],
    [`sha256-${hex.slice(1)}`, false],
    [`sha256-${hex.slice(1)}g`, false],
    [`sha256-${hex.toUpperCase()}`, false],
    [`sha256-${hex}0`, false],
    [`x-sha256-${hex}`, false],
    ["sha-0123abc", false],
    ["", false],
  ])("%s: %s", (tag, made) => {
    expect(isRealTag(tag)).toBe(!made);
    expect(subjectOfTag(tag)).toBe(made ? `sha256:${hex}` : undefined);
  });
});

describe("manifests", () => {
  it("are read with all that they refer to", () => {
    const layer = descriptor("application/vnd.oci.image.layer.v1.tar+gzip");
    expect(
      read({ schemaVersion: 2, config: layer, layers: [layer, layer], subject: descriptor(IMAGE) }),
    ).toMatchObject({
      mediaType: IMAGE,
      children: [],
      subject: `sha256:${hex}`,
      blobs: [{ digest: `sha256:${hex}`, size: 3 }, {}, {}],
    });
    const platform = { os: "linux", architecture: "amd64" };
    expect(
      read({
        schemaVersion: 2,
        mediaType: INDEX,
        manifests: [descriptor(IMAGE, { platform }), descriptor(INDEX, { platform }), descriptor(IMAGE)],
      }),
    ).toMatchObject({ mediaType: INDEX, children: [{ leaf: true }, { leaf: false }, { leaf: false }] });
  });

  it.each([
    ["no subject", { config: descriptor("x"), layers: [], subject: null }],
    ["no layers", { config: descriptor("x"), layers: null }],
    ["no manifests", { mediaType: INDEX, manifests: null }],
    [
      "no annotations",
      { mediaType: INDEX, manifests: [descriptor(IMAGE, { annotations: null, platform: null })] },
    ],
    ["no artifact type", { artifactType: null, config: descriptor("x"), layers: [] }],
    ["no media type", { mediaType: null, config: descriptor("x"), layers: [] }],
    ["an unknown kind with blobs", { mediaType: "application/vnd.acme", blobs: [descriptor("x")] }],
  ])("say null, as programs in Go do, for %s", (_, value) => {
    expect(read({ schemaVersion: 2, ...value })).toMatchObject({ children: expect.any(Array) });
  });

  it.each([
    ["a page", "<html>"],
    ["nothing", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["an error of the registry", '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'],
    ["a child without a digest", JSON.stringify({ mediaType: INDEX, manifests: [{ mediaType: IMAGE }] })],
    ["a child that is no descriptor", JSON.stringify({ mediaType: INDEX, manifests: ["x"] })],
    ["children that are no list", JSON.stringify({ mediaType: INDEX, manifests: {} })],
    ["a subject without a digest", JSON.stringify({ config: descriptor("x"), layers: [], subject: {} })],
    ["half of one", JSON.stringify({ mediaType: INDEX, manifests: [descriptor(IMAGE)] }).slice(0, -20)],
  ])("are not taken from %s, so that nothing is deleted on its word", (_, text) => {
    expect(readManifest(Buffer.from(text), INDEX)).toMatchObject({ unreadable: expect.any(String) });
  });

  it("never fail to be read, and no digest under manifests or subject is ever overlooked", () => {
    const other = fc.jsonValue({ maxDepth: 2 });
    const place = fc.record(
      {
        digest: fc.oneof(fc.constant(`sha256:${hex}`), other),
        mediaType: fc.oneof(fc.constantFrom(IMAGE, INDEX), other),
        platform: other,
      },
      { requiredKeys: [] },
    );
    const manifest = fc.record(
      {
        manifests: fc.oneof(fc.array(fc.oneof(place, other)), other),
        layers: fc.oneof(fc.array(place), other),
        subject: fc.oneof(place, other),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(manifest, (value) => {
        const found = read(value);
        if ("unreadable" in found) return;
        const digests = (Array.isArray(value.manifests) ? value.manifests : []).map(
          (child) => (child as { digest: string }).digest,
        );
        expect(found.children.map(({ digest }) => digest)).toEqual(digests);
        const subject = value.subject as { digest?: string } | null | undefined;
        expect(found.subject).toBe(subject?.digest);
      }),
      { numRuns: runs(2_000, 100_000) },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readManifest(Buffer.from(bytes), IMAGE);
      }),
      { numRuns: runs(500, 20_000) },
    );
  });
});

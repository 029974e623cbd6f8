import type { Registry } from "../../../shared/registry/registry.ts";
import type { Manifests } from "./manifest.ts";
import type { ManifestStore } from "./manifest-store.ts";
import type { PackagesApi } from "./packages-api.ts";
import type { Version } from "./version.ts";

/** What is known of one package. */
export type Facts = { readonly versions: readonly Version[]; readonly manifests: Manifests };

/** Where facts come from, and what is told of them on the way. */
export type Sources = {
  readonly api: PackagesApi;
  readonly registry: Registry;
  readonly store: ManifestStore;
  readonly signal: AbortSignal;
  /** The part of a repository's name before the package's. */
  readonly owner: string;
  /** Told of each manifest that was read. */
  readonly onRead: () => void;
};

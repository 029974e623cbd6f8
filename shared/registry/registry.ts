import { createHash } from "node:crypto";
import { AnswerError } from "../http/answer-error.ts";
import { exchange, HttpBodyError, HttpTimeout } from "../http/exchange.ts";
import { readRetryAfter } from "../http/retry-after.ts";
import { type Agents, openAgents } from "../http/route.ts";
import { errorCode, networkReason } from "../net/reason.ts";
import type { Clock } from "../runtime/clock.ts";
import { readChallenge, realmAddress } from "./challenge.ts";

/** Why the registry did not do what it was asked. `status` is undefined where there was no HTTP answer. */
export class RegistryError extends AnswerError {
  override readonly name = "RegistryError";
}

export type RegistryOptions = {
  readonly url: URL;
  /** The password for the registry's token server; the name is not looked at by GitHub's. */
  readonly token: string;
  /** Environment with the proxies. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  readonly clock: Clock;
  /** Told of the registry's own tokens before they are used. */
  readonly addSecret: (value: string) => void;
};

export type RawManifest = { readonly mediaType: string; readonly bytes: Buffer };

type Request = {
  readonly method: "GET" | "PUT";
  readonly repository: string;
  readonly reference: string;
  readonly body?: RawManifest;
  /** Done before each attempt; what it throws ends them. */
  readonly before?: () => Promise<void>;
  readonly signal: AbortSignal;
};

/** The tag that was to be replaced names another manifest. */
class TagMoved extends Error {
  readonly to: string | undefined;

  constructor(to: string | undefined) {
    super("the tag has moved");
    this.to = to;
  }
}

// Every type there is, because a registry may convert or refuse what was not asked for; and whatever comes after them.
const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.artifact.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
  "*/*;q=0.5",
].join(", ");

const TIMEOUT_MS = 30_000;
// The OCI distribution specification lets registries refuse what is larger.
const LARGEST_BYTES = 4 * 1024 * 1024;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

/** Manifests of an OCI registry (distribution specification 1.1) that hands out tokens as GitHub's does. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #agents: Agents;
  /** By repository and what is to be done there. */
  readonly #sessions = new Map<string, Promise<string | undefined>>();
  #calls = 0;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#agents = openAgents({ keepAlive: true, proxyEnv: options.env });
  }

  /** How many requests were sent. */
  get calls(): number {
    return this.#calls;
  }

  /**
   * The manifest with this digest, its bytes proven by it. Repeated on server errors, lost connections and limits.
   * Throws a RegistryError, and the signal's reason.
   */
  async manifest(repository: string, digest: string, signal: AbortSignal): Promise<RawManifest> {
    const { headers, body } = await this.#ask({ method: "GET", repository, reference: digest, signal });
    if (!isDigestOf(digest, body)) throw new RegistryError("the registry sent something else");
    return { mediaType: (headers["content-type"] ?? "").split(";")[0]?.trim() ?? "", bytes: body };
  }

  /** The digest that a tag names at this moment; `undefined` when there is no such tag. Errors as for {@link manifest}. */
  async digestOf(repository: string, tag: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      const { body } = await this.#ask({ method: "GET", repository, reference: tag, signal });
      return sha256(body);
    } catch (error) {
      if (error instanceof RegistryError && error.status === 404) return undefined;
      throw error;
    }
  }

  /**
   * Puts a manifest under a tag that names the digest `over`, and returns its digest; `undefined` when the tag names
   * something else. That is looked at before each attempt: a push that comes while a limit is waited out stays.
   * Errors as for {@link manifest}.
   */
  async replaceManifest(
    repository: string,
    tag: string,
    over: string,
    manifest: RawManifest,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const digest = sha256(manifest.bytes);
    const before = async (): Promise<void> => {
      const now = await this.digestOf(repository, tag, signal);
      if (now !== over) throw new TagMoved(now);
    };
    try {
      await this.#ask({ method: "PUT", repository, reference: tag, body: manifest, before, signal });
      return digest;
    } catch (error) {
      if (!(error instanceof TagMoved)) throw error;
      // The answer to an attempt can be lost, and the manifest be there.
      return error.to === digest ? digest : undefined;
    }
  }

  /** Closes the connections. */
  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  async #ask(request: Request) {
    const { clock } = this.#options;
    let renewed = false;
    for (let attempt = 1; ; ) {
      await request.before?.();
      const answer = await this.#once(request).catch((error: unknown) => {
        if (!(error instanceof RegistryError)) throw error;
        return error;
      });
      if (!(answer instanceof RegistryError) && answer.status >= 200 && answer.status < 300) return answer;
      if (answer.status === 401 && !renewed) {
        renewed = true; // The token has run out: they live for minutes.
        continue;
      }
      const { status } = answer;
      const passing = status === undefined || status === 429 || status >= 500;
      if (!passing || attempt === ATTEMPTS) throw answer instanceof RegistryError ? answer : refusal(answer);
      const asked =
        answer instanceof RegistryError
          ? undefined
          : readRetryAfter(answer.headers["retry-after"], clock.now());
      const pause = asked ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
      // Asking again earlier than it wants makes such a limit last.
      if (pause > LONGEST_PAUSE_MS) throw answer instanceof RegistryError ? answer : refusal(answer);
      attempt++;
      await clock.sleep(pause, request.signal);
    }
  }

  async #once({ method, repository, reference, body, signal }: Request) {
    const key = `${repository}:${method === "GET" ? "pull" : "pull,push"}`;
    const session = await this.#session(key, signal);
    const used = this.#sessions.get(key);
    const url = new URL(`/v2/${encodeURI(repository)}/manifests/${encodeURI(reference)}`, this.#options.url);
    const response = await this.#send({
      method,
      url,
      headers: {
        ...(method === "GET" ? { accept: ACCEPT } : {}),
        ...(body === undefined
          ? {}
          : { "content-type": body.mediaType, "content-length": String(body.bytes.length) }),
        ...(session === undefined ? {} : { authorization: `Bearer ${session}` }),
      },
      ...(body === undefined ? {} : { body: body.bytes }),
      signal,
    });
    // Others may have asked for the next one already.
    if (response.status === 401 && this.#sessions.get(key) === used) this.#sessions.delete(key);
    return response;
  }

  /** A token for one repository, asked for once and then kept until it is refused. */
  async #session(key: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const opened = this.#openSession(key, signal);
    this.#sessions.set(key, opened);
    opened.catch(() => this.#sessions.delete(key));
    return opened;
  }

  async #openSession(key: string, signal: AbortSignal): Promise<string | undefined> {
    const { url, token, addSecret } = this.#options;
    const greeting = await this.#send({ method: "GET", url: new URL("/v2/", url), headers: {}, signal });
    if (greeting.status !== 401) {
      if (greeting.status < 300) return undefined;
      throw refusal(greeting);
    }
    const challenge = readChallenge(greeting.headers["www-authenticate"]);
    const realm = challenge === undefined ? undefined : realmAddress(challenge.realm, url);
    if (realm === undefined) {
      throw new RegistryError(`${url.host} asks for the token at an address that is not its own`, {
        status: 400,
      });
    }
    if (challenge?.service !== undefined) realm.searchParams.set("service", challenge.service);
    realm.searchParams.set("scope", `repository:${key}`);
    const credentials = Buffer.from(`token:${token}`).toString("base64");
    addSecret(credentials);
    const headers = { authorization: `Basic ${credentials}`, accept: "application/json" };
    const answer = await this.#send({ method: "GET", url: realm, headers, signal });
    if (answer.status !== 200) throw refusal(answer);
    const session = sessionIn(answer.body);
    if (session === undefined)
      throw new RegistryError("the registry's token server gave no token", { status: 400 });
    addSecret(session);
    return session;
  }

  async #send(request: {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Buffer;
    readonly signal: AbortSignal;
  }) {
    this.#calls++;
    const headers = { "user-agent": "deploy-actions", ...request.headers };
    try {
      return await exchange(this.#agents, {
        ...request,
        headers,
        timeoutMs: TIMEOUT_MS,
        maxBodyBytes: LARGEST_BYTES,
      });
    } catch (error) {
      request.signal.throwIfAborted();
      throw new RegistryError(reasonOf(error), { cause: error });
    }
  }
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function isDigestOf(digest: string, bytes: Buffer): boolean {
  const [algorithm = "", hex] = digest.split(":");
  if (algorithm !== "sha256" && algorithm !== "sha512") return false;
  return createHash(algorithm).update(bytes).digest("hex") === hex;
}

/** The status alone: what a registry says may hold anything, and the status decides. */
function refusal({ status }: { readonly status: number }): RegistryError {
  return new RegistryError(`HTTP ${status}`, { status });
}

function sessionIn(body: Buffer): string | undefined {
  try {
    const value = JSON.parse(body.toString()) as {
      readonly token?: unknown;
      readonly access_token?: unknown;
    };
    const found = [value.token, value.access_token].find((each) => typeof each === "string" && each !== "");
    return typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof HttpTimeout || error instanceof HttpBodyError) return error.message;
  const reason = networkReason(error)?.why ?? errorCode(error);
  if (reason !== "") return reason;
  throw error;
}

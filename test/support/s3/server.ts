import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Received } from "../http-server.ts";
import { listenOnFreePort } from "../ports.ts";
import { isRightlySigned, readSignature } from "../providers/aws-signature.ts";
import { answer, refusalAnswer, type S3Answer } from "./answer.ts";
import { Bucket, Refusal } from "./bucket.ts";
import { type Operation, type OperationName, operationOf } from "./operation.ts";

/** What a request meets in place of the service. */
export type S3Fault =
  /** This error, though nothing was done. */
  | { readonly kind: "refuse"; readonly status: number; readonly code: string; readonly message?: string }
  /** An error in the body of a 200, as CompleteMultipartUpload may have ("InternalError" there). */
  | { readonly kind: "error in a 200" }
  /** A TCP reset after the first bytes of the body. */
  | { readonly kind: "reset" }
  /** It is carried out, and the connection reset in place of an answer. */
  | { readonly kind: "deaf" }
  /** Nothing is done, and nothing answered. */
  | { readonly kind: "hang" }
  /** The status, the headers and `after` bytes of the body, and then nothing ever again. */
  | { readonly kind: "stall"; readonly after?: number }
  /** As many bytes of the body of the answer, and then the connection ends. */
  | { readonly kind: "cut"; readonly after: number };

export type S3ServerOptions = {
  readonly bucket?: string;
  readonly region?: string;
  /** Refuses every checksum and trailer that is not of 2006, as some compatible services do. */
  readonly refusesChecksums?: boolean;
};

export type S3Server = {
  readonly endpoint: string;
  readonly port: number;
  readonly bucket: Bucket;
  /** Names of all operations that came in, refused ones too, in order. */
  readonly operations: readonly OperationName[];
  /** The next `times` requests for the operation meet the fault. Default: once. */
  fault(operation: OperationName, fault: S3Fault, times?: number): void;
  /** Forgets the faults that are left. */
  mend(): void;
  /** Resolves when the operation comes in for the next time, before it is answered. */
  next(operation: OperationName): Promise<void>;
  stop(): Promise<void>;
};

const KEY_ID = "AKIAEXAMPLEEXAMPLE00";
const secret = `${crypto.randomUUID()}/+${crypto.randomUUID()}`;

/** What may use every bucket that this process serves, as the SDK reads it. */
export const S3_KEYS = { AWS_ACCESS_KEY_ID: KEY_ID, AWS_SECRET_ACCESS_KEY: secret } as const;

/** Starts S3 on 127.0.0.1: one bucket, addressed by path; signatures, hashes and checksums are verified. */
export async function startS3(options: S3ServerOptions = {}): Promise<S3Server> {
  const { bucket: name = "backups", region = "us-east-1" } = options;
  const bucket = new Bucket();
  const operations: OperationName[] = [];
  const faults = new Map<OperationName, S3Fault[]>();
  const awaited = new Map<OperationName, (() => void)[]>();
  const sockets = new Set<Socket>();

  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const operation = operationOf(message.method ?? "", message.url ?? "");
    const fault = operation === undefined ? undefined : faults.get(operation.name)?.shift();
    if (operation !== undefined) {
      operations.push(operation.name);
      for (const tell of awaited.get(operation.name)?.splice(0) ?? []) tell();
    }
    if (fault?.kind === "reset") {
      message.once("data", () => message.socket.resetAndDestroy());
      message.once("end", () => message.socket.resetAndDestroy());
      return;
    }
    const body = await bodyOf(message);
    if (body === undefined || fault?.kind === "hang") return;
    const said = judged(message, body, operation, fault);
    if (fault?.kind === "deaf") message.socket.resetAndDestroy();
    else send(response, said, message.method === "HEAD", fault);
  };

  const judged = (
    message: IncomingMessage,
    body: Buffer,
    operation: Operation | undefined,
    fault: S3Fault | undefined,
  ): S3Answer => {
    try {
      const headers = Object.fromEntries(
        Object.entries(message.headers).map(([key, value]) => [key, String(value)]),
      );
      if (operation === undefined)
        throw new Refusal(400, "NotKnownToTheFake", `${message.method} ${message.url}`);
      authorise({ message, body, region, refuses: options.refusesChecksums === true });
      if (fault?.kind === "refuse") throw new Refusal(fault.status, fault.code, fault.message);
      if (operation.bucket !== name)
        throw new Refusal(404, "NoSuchBucket", "The specified bucket does not exist");
      if (fault?.kind === "error in a 200")
        throw new Refusal(200, "InternalError", "We encountered an internal error.");
      return answer(bucket, operation, { headers, body });
    } catch (error) {
      if (error instanceof Refusal) return refusalAnswer(error, { "x-amz-bucket-region": region });
      return refusalAnswer(new Refusal(400, "TheFakeFailed", String(error)));
    }
  };

  const server = createServer((message, response) => void serve(message, response));
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => undefined));
    socket.once("close", () => sockets.delete(socket));
  });
  const port = await listenOnFreePort(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    bucket,
    operations,
    fault: (operation, fault, times = 1) => {
      faults.set(operation, [...(faults.get(operation) ?? []), ...Array<S3Fault>(times).fill(fault)]);
    },
    mend: () => faults.clear(),
    next: (operation) =>
      new Promise((resolve) => awaited.set(operation, [...(awaited.get(operation) ?? []), resolve])),
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Claim = {
  readonly message: IncomingMessage;
  readonly body: Buffer;
  readonly region: string;
  readonly refuses: boolean;
};

/** Throws unless the request is signed by the one key there is, for this region, and its body is what was signed. */
function authorise({ message, body, region, refuses }: Claim): void {
  const { method = "", url = "", headers } = message;
  const received: Received = { method, url, headers, body, servername: undefined };
  const signed = readSignature(received);
  if (signed === undefined) throw new Refusal(403, "AccessDenied", "Access Denied");
  if (signed.keyId !== KEY_ID)
    throw new Refusal(
      403,
      "InvalidAccessKeyId",
      "The AWS Access Key Id you provided does not exist in our records.",
    );
  if (headers["x-amz-content-sha256"] === undefined)
    throw new Refusal(
      400,
      "InvalidRequest",
      "Missing required header for this request: x-amz-content-sha256",
    );
  if (signed.region !== region) {
    throw new Refusal(
      301,
      "PermanentRedirect",
      "The bucket you are attempting to access must be addressed elsewhere.",
    );
  }
  if (!isRightlySigned(received, signed, secret))
    throw new Refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match");
  const encoding = headers["content-encoding"];
  if (encoding !== undefined || headers["x-amz-trailer"] !== undefined)
    throw new Refusal(
      501,
      "NotImplemented",
      "A header you provided implies functionality that is not implemented.",
    );
  const checksums = Object.keys(headers).filter((name) => /^x-amz-(?:sdk-)?checksum-/.test(name));
  if (refuses && checksums.length > 0)
    throw new Refusal(400, "InvalidArgument", `Unsupported header ${checksums[0]}: checksum not supported`);
}

async function bodyOf(message: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of message) chunks.push(chunk as Buffer);
  } catch {
    return undefined; // The client went away.
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, said: S3Answer, headOnly: boolean, fault: S3Fault | undefined): void {
  const body = Buffer.from(said.body ?? "");
  if (fault?.kind === "stall" && body.length === 0) return; // Its head would be all of the answer.
  response.writeHead(said.status, { "content-length": body.length, ...said.headers });
  if (headOnly) response.end();
  else if (fault?.kind === "stall") response.write(body.subarray(0, fault.after ?? 0));
  else if (fault?.kind === "cut") response.write(body.subarray(0, fault.after), () => response.destroy());
  else response.end(body);
}

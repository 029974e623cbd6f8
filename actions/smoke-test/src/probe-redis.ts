import type { Duplex } from "node:stream";
import { HttpTimeout } from "../../../shared/http/exchange.ts";
import { networkReason } from "../../../shared/net/reason.ts";
import { remoteLine } from "../../../shared/runtime/remote-text.ts";
import { type RedisAddress, redisAddress } from "./address.ts";
import { LONGEST_EXAMINED, type ProbeContext } from "./attempt.ts";
import type { Check } from "./plan.ts";
import type { Finding } from "./probe.ts";
import { shakeHands } from "./tls-handshake.ts";

const MAX_REPLY_BYTES = 64 * 1024;

/**
 * Logs in where the address has a password, and expects PONG for PING. Redis answers every command with one line for
 * these two (https://redis.io/docs/latest/develop/reference/protocol-spec/), so a client library would be all overhead.
 */
export async function probeRedis(check: Check, context: ProbeContext): Promise<Finding> {
  const address = redisAddress(context.fill(check.config.redis ?? ""));
  const { host, port } = address;
  const raw = await context.connections.stream(context.via, host, port, { ...context, what: "Redis" });
  let stream = raw;
  try {
    if (address.tls) {
      const handshake = await shakeHands(raw, { ...context, host, ca: context.connections.ca });
      stream = handshake.socket;
      if (handshake.fault !== undefined) return refused(handshake.fault);
    }
    const commands = commandsFor(address);
    return judge(await converse(stream, commands, context));
  } finally {
    stream.on("error", () => undefined).destroy();
    raw.on("error", () => undefined).destroy();
  }
}

function refused(fault: string): Finding {
  const reason = networkReason(Object.assign(new Error(fault), { code: fault }));
  const problem = reason?.why ?? `the certificate is not accepted (${fault})`;
  return { problems: [problem], ...(reason === undefined ? {} : { hint: reason.hint }) };
}

function commandsFor({ user, password }: RedisAddress): string[][] {
  if (password === "") return [["PING"]];
  return [user === "" ? ["AUTH", password] : ["AUTH", user, password], ["PING"]];
}

/** The reply lines, one for each command. */
function converse(
  stream: Duplex,
  commands: readonly string[][],
  { timeoutMs, signal }: ProbeContext,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => reject(new HttpTimeout("no answer in time")), timeoutMs);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    stream.once("error", reject);
    stream.once("close", () => reject(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const received = Buffer.concat(chunks).toString();
      const lines = received.split("\r\n").slice(0, -1);
      // A refused login ends the talk: what follows would only repeat it.
      const done = lines.length >= commands.length || lines.some((line) => line.startsWith("-"));
      if (done || received.length > MAX_REPLY_BYTES) resolve(lines.length > 0 ? lines : [received]);
    });
    const finished = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    stream.once("close", finished);
    stream.write(commands.map(encode).join(""));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

function judge(replies: readonly string[]): Finding {
  // A server without a password answers PING also after it has refused the login.
  const refusal = replies.find((line) => line.startsWith("-"));
  const fault = refusal ?? replies.at(-1) ?? "";
  if (fault === "+PONG") return { problems: [], seen: "PONG" };
  const problem = `expected PONG, got ${JSON.stringify(remoteLine(fault.replace(/^-/, ""), { max: LONGEST_EXAMINED }))}`;
  if (/^-(?:NOAUTH|WRONGPASS|ERR (?:AUTH|invalid))/.test(fault)) {
    return {
      problems: [problem],
      hint: "Check user and password in the address: redis://user:password@host:port.",
    };
  }
  return { problems: [problem] };
}

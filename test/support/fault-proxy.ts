import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { listenOnFreePort } from "./ports.ts";

export type Fault =
  /** Everything passes. */
  | { readonly kind: "none" }
  /** Every piece of data arrives this much later, in both directions. */
  | { readonly kind: "latency"; readonly ms: number }
  /** A connection is closed once this many bytes of answers have passed through it. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Connections, those that are open too, end with a TCP reset. */
  | { readonly kind: "reset" }
  /** Nobody listens on the port any more, and open connections are reset: the server has died. */
  | { readonly kind: "refuse" }
  /** Nothing passes any more, nor does anything fail; what was held back passes when the fault is over. */
  | { readonly kind: "black hole" };

export type FaultProxy = {
  /** Its port on 127.0.0.1; the same through all faults. */
  readonly port: number;
  /** Switches to another fault, for open connections and new ones. */
  set(fault: Fault): Promise<void>;
  /** How many connections were ever accepted. */
  connections(): number;
  stop(): Promise<void>;
};

type Link = { readonly client: Socket; readonly server: Socket; answered: number };

const QUEUE_LIMIT = 1 << 20;

/** Starts a TCP proxy before a server of 127.0.0.1. It passes everything until a fault is set. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const links = new Set<Link>();
  let accepted = 0;
  let fault: Fault = { kind: "none" };
  let changed = Promise.withResolvers<void>();

  const open = async () => {
    while (fault.kind === "black hole") await changed.promise;
  };

  const accept = (client: Socket) => {
    accepted++;
    if (fault.kind === "reset") {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
    const link: Link = { client, server, answered: 0 };
    links.add(link);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on("error", () => other.resetAndDestroy());
      socket.once("close", () => links.delete(link));
    }
    relay(client, server, (data) => pass(server, data));
    relay(server, client, (data) => answer(link, data));
  };

  /** Passes on data in order, each piece when its time has come, and then the end. */
  const relay = (from: Socket, to: Socket, deliver: (data: Buffer) => Promise<void>) => {
    let turn = Promise.resolve();
    let queued = 0;
    from.on("data", (data: Buffer) => {
      const due = performance.now() + (fault.kind === "latency" ? fault.ms : 0);
      queued += data.length;
      if (queued > QUEUE_LIMIT) from.pause();
      turn = turn.then(async () => {
        const wait = due - performance.now();
        if (wait > 0) await pause(wait);
        await open();
        await deliver(data);
        queued -= data.length;
        from.resume();
      });
    });
    from.once("end", () => {
      turn = turn.then(open).then(() => void to.end());
    });
  };

  const answer = async (link: Link, data: Buffer) => {
    if (fault.kind !== "cut") {
      link.answered += data.length;
      return pass(link.client, data);
    }
    const left = Math.max(0, fault.afterBytes - link.answered);
    link.answered += Math.min(left, data.length);
    if (left > 0) await pass(link.client, data.subarray(0, left));
    if (link.answered < fault.afterBytes) return;
    link.client.end(() => link.client.destroy());
    link.server.destroy();
  };

  const resetAll = () => {
    for (const { client, server } of links) {
      client.resetAndDestroy();
      server.destroy();
    }
  };

  let listener: Server | undefined = createServer({ allowHalfOpen: true }, accept);
  const port = await listenOnFreePort(listener);

  const close = async () => {
    const closing = listener;
    listener = undefined;
    // Closing is over when the last connection is.
    const closed = closing === undefined ? undefined : once(closing, "close");
    closing?.close();
    resetAll();
    await closed;
  };
  const reopen = async () => {
    if (listener !== undefined) return;
    listener = createServer({ allowHalfOpen: true }, accept).listen({
      port,
      host: "127.0.0.1",
      exclusive: true,
    });
    await once(listener, "listening");
  };

  return {
    port,
    connections: () => accepted,
    set: async (next) => {
      fault = next;
      changed.resolve();
      changed = Promise.withResolvers();
      if (next.kind === "reset") resetAll();
      if (next.kind === "refuse") await close();
      else await reopen();
    },
    stop: close,
  };
}

/** Writes, and waits where the receiver is slower. */
async function pass(to: Socket, data: Buffer): Promise<void> {
  if (to.destroyed || to.write(data)) return;
  await Promise.race([once(to, "drain"), once(to, "close")]).catch(() => undefined);
}

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { UserError } from "../../shared/runtime/user-error.ts";
import { connectSsh, type SshConnection, type SshOptions } from "../../shared/ssh/connect.ts";
import { NO_PINS, parseHostPins } from "../../shared/ssh/known-hosts.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { freePort, listenOnFreePort } from "../support/ports.ts";
import { CLIENT_KEY_PASSPHRASE, type Sshd, type SshdOptions, startSshd } from "../support/sshd.ts";
import { keyText, someKey } from "./keys.ts";

// Runs until nobody listens any more, so that no test leaves it behind.
const ENDLESS = "while echo; do sleep 0.05; done";

let sshd: Sshd;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function to(server: Sshd, more: Partial<SshOptions> = {}): SshOptions {
  return {
    host: server.host,
    port: server.port,
    user: server.user,
    privateKey: server.clientKey(),
    pins: parseHostPins(server.knownHostsLine()),
    signal: new AbortController().signal,
    ...more,
  };
}

async function connected(options: SshOptions): Promise<SshConnection> {
  const ssh = await connectSsh(options);
  cleanUps.push(() => ssh.close());
  return ssh;
}

async function sshdWith(options: SshdOptions): Promise<Sshd> {
  const server = await startSshd(options);
  cleanUps.push(() => server.stop());
  return server;
}

async function faultyWay(port: number): Promise<FaultProxy> {
  const proxy = await startFaultProxy(port);
  cleanUps.push(() => proxy.stop());
  return proxy;
}

/** A server that does with each connection as told. */
async function serverThat(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    serve(socket);
  });
  const port = await listenOnFreePort(server);
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return port;
}

async function refusal(attempt: Promise<unknown>): Promise<UserError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).hint).not.toBe("");
  return error as UserError;
}

describe("over a real sshd", needs("sshd"), () => {
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  describe("the host key", () => {
    test.each(["ed25519", "rsa", "ecdsa"] as const)(
      "is verified by a known_hosts line of type %s",
      async (type) => {
        const ssh = await connected(to(sshd, { pins: parseHostPins(sshd.knownHostsLine(type)) }));
        expect((await ssh.exec("true")).code).toBe(0);
      },
    );

    test.each(["ed25519", "rsa", "ecdsa"] as const)(
      "is verified by the fingerprint of the %s key",
      async (type) => {
        const ssh = await connected(to(sshd, { pins: parseHostPins(sshd.hostFingerprint(type)) }));
        expect((await ssh.exec("true")).code).toBe(0);
      },
    );

    test("without a pin stops the run, and the error holds a line that mends it", async () => {
      const error = await refusal(connectSsh(to(sshd, { pins: NO_PINS })));
      expect(error.message).toContain(`It shows ssh-ed25519 ${sshd.hostFingerprint("ed25519")}`);
      const line = /\[127\.0\.0\.1\]:\S+ \S+ \S+$/.exec(error.hint)?.[0] ?? "";
      expect(line).toBe(sshd.knownHostsLine("ed25519"));
      await connected(to(sshd, { pins: parseHostPins(line) }));
    });

    test("that differs from the pinned one is refused", async () => {
      const pins = parseHostPins(`[127.0.0.1]:${sshd.port} ${keyText(someKey())}`);
      const error = await refusal(connectSsh(to(sshd, { pins })));
      expect(error.message).toContain("is not the pinned one");
      expect(error.hint).toContain(sshd.knownHostsLine("ed25519"));
    });

    test("that no pinned fingerprint fits is refused after all types were tried", async () => {
      const error = await refusal(connectSsh(to(sshd, { pins: parseHostPins(`SHA256:${"A".repeat(43)}`) })));
      expect(error.message).toContain("is not the pinned one: it shows ssh-ed25519");
    });

    test("of a type that the server lacks: the error shows the key that it has", async () => {
      const server = await sshdWith({ hostKeyTypes: ["rsa"] });
      const pins = parseHostPins(server.knownHostsLine("ed25519"));
      const error = await refusal(connectSsh(to(server, { pins })));
      expect(error.message).toContain(`it shows ssh-rsa ${server.hostFingerprint("rsa")}`);
      expect(error.hint).toContain(server.knownHostsLine("rsa"));
    });

    test("that is revoked is refused, even when it is pinned as well", async () => {
      const pins = parseHostPins(`@revoked * ${sshd.hostKey("ed25519")}\n${sshd.hostFingerprint("ed25519")}`);
      expect((await refusal(connectSsh(to(sshd, { pins })))).message).toContain("is revoked");
    });

    test("refused means that no login was tried", async () => {
      const server = await sshdWith({});
      await refusal(connectSsh(to(server, { pins: NO_PINS })));
      expect(server.log()).not.toMatch(/Accepted|userauth|authenticating/);
      await connected(to(server));
      expect(server.log()).toContain("Accepted publickey");
    });
  });

  describe("the login", () => {
    test.each(["ed25519", "rsa", "ecdsa", "rsa-pem"] as const)(
      "works with a key of form %s",
      async (form) => {
        const ssh = await connected(to(sshd, { privateKey: sshd.clientKey(form) }));
        expect((await ssh.exec("echo $USER; echo in")).stdout).toContain("in");
      },
    );

    test("works with an encrypted key, and with one that a secret store has mangled", async () => {
      const encrypted = { privateKey: sshd.clientKey("encrypted"), passphrase: CLIENT_KEY_PASSPHRASE };
      await connected(to(sshd, encrypted));
      await connected(to(sshd, { privateKey: sshd.clientKey().trim().replaceAll("\n", "\\n") }));
    });

    test("refused: the error names user and public key, and nothing of the private one", async () => {
      const privateKey = sshd.clientKey("stranger");
      const error = await refusal(connectSsh(to(sshd, { privateKey })));
      expect(error.message).toMatch(
        new RegExp(`refused the login of user ${sshd.user} with the key ssh-ed25519 SHA256:`),
      );
      expect(error.hint).toContain("authorized_keys");
      expect(`${error.message}${error.hint}${String(error.cause)}`).not.toContain(privateKey.split("\n")[2]);
    });

    test("where the server takes no keys: the error says what it takes", async () => {
      const server = await sshdWith({ config: ["PubkeyAuthentication no", "PasswordAuthentication yes"] });
      const error = await refusal(connectSsh(to(server)));
      expect(error.hint).toContain("takes no keys for this user, only: password");
    });

    test("where the server wants a second factor: the error says so", async () => {
      const config = ["PasswordAuthentication yes", "AuthenticationMethods publickey,password"];
      const error = await refusal(connectSsh(to(await sshdWith({ config }))));
      expect(error.message).toContain("accepted the key");
      expect(error.message).toContain("also asks for: password");
    });
  });

  describe("a host that cannot be used", () => {
    test("refuses the connection", async () => {
      const port = await freePort();
      const error = await refusal(connectSsh(to(sshd, { port })));
      expect(error.message).toBe(`Cannot reach the SSH server at 127.0.0.1:${port}: connection refused.`);
    });

    test("is silent", async () => {
      const port = await serverThat(() => undefined);
      const error = await refusal(connectSsh(to(sshd, { port, readyTimeoutMs: 200 })));
      expect(error.message).toContain("did not complete the handshake within 200 ms");
    });

    test("hangs up at once", async () => {
      const port = await serverThat((socket) => socket.end());
      const error = await refusal(connectSsh(to(sshd, { port })));
      expect(error.message).toContain("closed the connection before the login");
      expect(error.hint).toContain("MaxStartups");
    });

    test("is no SSH server", async () => {
      const port = await serverThat((socket) =>
        socket.end("HTTP/1.1 400 Bad Request\r\nServer: web\r\n\r\n"),
      );
      expect((await refusal(connectSsh(to(sshd, { port })))).hint).toContain("Check that the port is SSH's");
    });

    test("sends text that the runner would take for a command, which is disarmed", async () => {
      const message = "::set-env name=X::\u001b[31m\n::error::owned";
      const reason = Buffer.from([0, 0, 0, 12]);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(message));
      const payload = Buffer.concat([
        Buffer.from([1]),
        reason,
        length,
        Buffer.from(message),
        Buffer.alloc(4),
      ]);
      const padding = 16 - ((payload.length + 5) % 8);
      const header = Buffer.alloc(5);
      header.writeUInt32BE(payload.length + padding + 1);
      header.writeUInt8(padding, 4);
      const port = await serverThat((socket) => {
        socket.write("SSH-2.0-Fake\r\n");
        socket.end(Buffer.concat([header, payload, Buffer.alloc(padding)]));
      });
      const error = await refusal(connectSsh(to(sshd, { port })));
      expect(error.message).toContain("owned");
      expect(error.message).not.toContain("\n");
      expect(error.message).not.toContain("\u001b");
    });

    test("shares no key exchange, or no cipher", async () => {
      const kex = await sshdWith({ config: ["KexAlgorithms sntrup761x25519-sha512@openssh.com"] });
      expect((await refusal(connectSsh(to(kex)))).message).toContain("no matching key exchange algorithm");
      const ciphers = await sshdWith({ config: ["Ciphers aes192-cbc"] });
      const error = await refusal(connectSsh(to(ciphers)));
      expect(error.message).toContain("share no algorithm");
      expect(error.hint).toContain("Ciphers");
    });
  });

  describe("a command", () => {
    test("gives its exit code and both its outputs", async () => {
      const ssh = await connected(to(sshd));
      expect(await ssh.exec("echo out; echo err >&2; exit 7")).toEqual({
        code: 7,
        signal: null,
        stdout: "out\n",
        stderr: "err\n",
        truncated: false,
      });
    });

    test("gives the signal that killed it", async () => {
      const ssh = await connected(to(sshd));
      expect(await ssh.exec("kill -9 $$")).toMatchObject({ code: null, signal: "SIGKILL" });
    });

    test("reads what it is given, and the end of input when it is given nothing", async () => {
      const ssh = await connected(to(sshd));
      const big = "0123456789".repeat(500_000);
      expect((await ssh.exec("wc -c", { stdin: big })).stdout.trim()).toBe("5000000");
      expect((await ssh.exec("cat; echo done")).stdout).toBe("done\n");
    });

    test("that writes without end fills no memory: the rest is dropped, and that is told", async () => {
      const ssh = await connected(to(sshd));
      const result = await ssh.exec("head -c 5000000 /dev/zero | tr '\\0' x", { maxOutput: 1_000 });
      expect(result.stdout).toBe("x".repeat(1_000));
      expect(result).toMatchObject({ code: 0, truncated: true });
    });

    test("is one of many at once: they wait for their turn below sshd's MaxSessions", async () => {
      const ssh = await connected(to(sshd));
      const many = Array.from({ length: 50 }, (_, i) => String(i));
      const results = await Promise.all(many.map((i) => ssh.exec(`echo ${i}`)));
      expect(results.map((result) => result.stdout.trim())).toEqual(many);
    });

    test("that the server does not let run is an error with the likely reasons", async () => {
      const ssh = await connected(to(await sshdWith({ config: ["MaxSessions 0"] })));
      const error = await refusal(ssh.exec("true"));
      expect(error.message).toContain("did not run the command to its end");
      expect(error.hint).toContain("MaxSessions");
    });

    test("that is aborted is asked to end, and the connection goes on", async () => {
      const server = await sshdWith({ config: ["LogLevel DEBUG1"] });
      const ssh = await connected(to(server));
      const controller = new AbortController();
      const running = ssh.exec(ENDLESS, { signal: controller.signal });
      const outcome = running.catch((error: unknown) => error);
      await ssh.exec("true");
      controller.abort(new Error("enough"));
      expect(await outcome).toEqual(new Error("enough"));
      expect((await ssh.exec("echo on")).stdout).toBe("on\n");
      // A real SIGTERM needs sshd to run as root and the user not to be: more than a test may presume.
      expect(server.log()).toContain("req signal");
    });

    test("that waits for its turn is aborted without ever running", async () => {
      const ssh = await connected(to(sshd));
      const stop = new AbortController();
      const busy = Array.from({ length: 8 }, () =>
        ssh.exec("cat", { signal: stop.signal, stdin: "" }).catch(() => 0),
      );
      const controller = new AbortController();
      const waiting = ssh.exec("echo never", { signal: controller.signal });
      controller.abort(new Error("not wanted any more"));
      await expect(waiting).rejects.toThrow("not wanted any more");
      await Promise.all(busy);
      expect((await ssh.exec("echo next")).stdout).toBe("next\n");
    });
  });

  describe("a tunnel", () => {
    test("carries data both ways, and more of them than sshd allows sessions", async () => {
      const port = await serverThat((socket) => socket.pipe(socket));
      const ssh = await connected(to(sshd));
      const answers = Array.from({ length: 20 }, async (_, i) => {
        const tunnel = await ssh.forward("127.0.0.1", port);
        tunnel.end(`tunnel ${i}`);
        return text(tunnel);
      });
      expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, (_, i) => `tunnel ${i}`));
    });

    test("carries megabytes to a slow reader intact", async () => {
      const chunk = Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7) % 251));
      const port = await serverThat((socket) => {
        for (let i = 0; i < 100; i++) socket.write(chunk);
        socket.end();
      });
      const ssh = await connected(to(sshd));
      const tunnel = await ssh.forward("127.0.0.1", port);
      let size = 0;
      for await (const piece of tunnel) {
        for (const byte of piece as Buffer)
          if (byte !== chunk[size++ % chunk.length]) throw new Error(`byte ${size}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(size).toBe(chunk.length * 100);
    });

    test("closes, as a socket does, when the far end closes", async () => {
      const port = await serverThat((socket) => socket.end("bye"));
      const tunnel = await (await connected(to(sshd))).forward("127.0.0.1", port);
      expect(await text(tunnel)).toBe("bye");
      if (!tunnel.closed) await once(tunnel, "close");
      expect(tunnel.destroyed).toBe(true);
    });

    test("that is destroyed closes the far end", async () => {
      const { promise: gone, resolve } = Promise.withResolvers<void>();
      const port = await serverThat((socket) => void socket.resume().once("close", () => resolve()));
      const tunnel = await (await connected(to(sshd))).forward("127.0.0.1", port);
      tunnel.destroy();
      await gone;
    });

    test("to where nothing listens is refused with the address", async () => {
      const port = await freePort();
      const error = await refusal((await connected(to(sshd))).forward("127.0.0.1", port));
      expect(error.message).toContain(`opened no tunnel to 127.0.0.1:${port}: it cannot connect there`);
    });

    test("that is given up while it opens rejects with the reason, and the connection goes on", async () => {
      const port = await serverThat((socket) => socket.end("late"));
      const ssh = await connected(to(sshd));
      const controller = new AbortController();
      const opening = ssh.forward("127.0.0.1", port, controller.signal);
      controller.abort(new Error("no longer"));
      await expect(opening).rejects.toThrow("no longer");
      expect(await text(await ssh.forward("127.0.0.1", port))).toBe("late");
    });

    test("that the server forbids is refused with the setting", async () => {
      const ssh = await connected(to(await sshdWith({ config: ["AllowTcpForwarding no"] })));
      const error = await refusal(ssh.forward("127.0.0.1", 80));
      expect(error.message).toContain("forbids tunnels");
      expect(error.hint).toContain("AllowTcpForwarding");
    });
  });

  describe("a connection that breaks", () => {
    test("by the death of the server ends commands and tunnels with an error", async () => {
      const server = await sshdWith({});
      const port = await serverThat((socket) => void socket.resume());
      const ssh = await connected(to(server));
      const tunnel = await ssh.forward("127.0.0.1", port);
      const broken = once(tunnel, "error");
      const running = ssh.exec(ENDLESS);
      const lost = refusal(running);
      await ssh.exec("true");
      expect(ssh.isOpen()).toBe(true);
      server.dropConnections();
      expect((await lost).message).toContain("was lost");
      expect(ssh.isOpen()).toBe(false);
      expect((await broken)[0]).toBeInstanceOf(UserError);
      expect((await refusal(ssh.exec("true"))).message).toContain("was lost");
      expect((await refusal(ssh.forward("127.0.0.1", port))).message).toContain("was lost");
    });

    test("by silence is noticed by the keepalive", async () => {
      const proxy = await faultyWay(sshd.port);
      const pins = parseHostPins(sshd.hostFingerprint("ed25519"));
      const ssh = await connected(to(sshd, { port: proxy.port, pins, keepaliveMs: 50 }));
      const running = ssh.exec(ENDLESS);
      await proxy.set({ kind: "black hole" });
      expect((await refusal(running)).message).toContain("was lost: Keepalive timeout");
    });

    test("by an abort rejects with its reason, and nothing is left open", async () => {
      const controller = new AbortController();
      const ssh = await connectSsh(to(sshd, { signal: controller.signal }));
      const running = ssh.exec(ENDLESS);
      const tunnel = await ssh.forward("127.0.0.1", sshd.port);
      const closed = once(tunnel, "close").catch((error: unknown) => error);
      controller.abort(new Error("cancelled"));
      await expect(running).rejects.toThrow("cancelled");
      await closed;
      expect(tunnel.destroyed).toBe(true);
      await expect(ssh.exec("true")).rejects.toThrow("cancelled");
      await ssh.close();
    });

    test("by an abort in the handshake rejects with its reason", async () => {
      const controller = new AbortController();
      const port = await serverThat(() => controller.abort(new Error("cancelled")));
      await expect(connectSsh(to(sshd, { port, signal: controller.signal }))).rejects.toThrow("cancelled");
    });

    test("by close() is over soon, even when the server has fallen silent", async () => {
      const proxy = await faultyWay(sshd.port);
      const pins = parseHostPins(sshd.hostFingerprint("ed25519"));
      const ssh = await connectSsh(to(sshd, { port: proxy.port, pins }));
      await proxy.set({ kind: "black hole" });
      await ssh.close();
      await refusal(ssh.exec("true"));
    });

    test("by close() ends what runs over it; closing twice is fine", async () => {
      const ssh = await connectSsh(to(sshd));
      const running = ssh.exec(ENDLESS).catch((error: unknown) => error);
      await ssh.exec("true");
      await ssh.close();
      expect(await running).toBeInstanceOf(UserError);
      await ssh.close();
    });
  });

  describe("a server that turns connections away", () => {
    test("is asked again, as one is that has too many at once", async () => {
      let turnedAway = 0;
      const port = await serverThat((socket) => {
        if (turnedAway < 2) {
          turnedAway += 1;
          socket.destroy();
          return;
        }
        const way = connect(sshd.port, sshd.host).on("error", () => socket.destroy());
        socket.pipe(way).pipe(socket);
      });
      const pins = parseHostPins(sshd.hostFingerprint("ed25519"));
      const ssh = await connected(to(sshd, { port, pins }));
      expect((await ssh.exec("true")).code).toBe(0);
      expect(turnedAway).toBe(2);
    });

    test("is not asked again after it refused the login: that would look like an attack", async () => {
      const server = await sshdWith({});
      let connections = 0;
      const port = await serverThat((socket) => {
        connections += 1;
        const way = connect(server.port, server.host).on("error", () => socket.destroy());
        socket.pipe(way).pipe(socket);
      });
      const pins = parseHostPins(server.hostFingerprint("ed25519"));
      await refusal(connectSsh(to(server, { port, pins, privateKey: server.clientKey("stranger") })));
      expect(connections).toBe(1);
    });
  });

  describe("a jump host", () => {
    test("is logged in to first, and the way to the server leads through it", async () => {
      const inner = await sshdWith({});
      const pins = parseHostPins(`${sshd.knownHostsLine()}\n${inner.knownHostsLine()}`);
      const ssh = await connected(to(inner, { pins, jump: to(sshd) }));
      expect((await ssh.exec("echo there")).stdout).toBe("there\n");
      expect(sshd.log()).toContain("Accepted publickey");
    });

    test("has to show its own pinned key, and so has the server behind it", async () => {
      const inner = await sshdWith({});
      const jump = to(sshd);
      const unknown = await refusal(connectSsh(to(inner, { jump: { ...jump, pins: NO_PINS } })));
      expect(unknown.message).toContain(`${sshd.port}`);
      const behind = await refusal(connectSsh(to(inner, { jump, pins: NO_PINS })));
      expect(behind.message).toContain(`${inner.port}`);
    });

    test("that is lost takes the connection behind it along", async () => {
      const outer = await sshdWith({});
      const ssh = await connected(to(sshd, { jump: to(outer) }));
      const work = ssh.exec(ENDLESS);
      const ended = refusal(work);
      outer.dropConnections();
      await ended;
      expect(ssh.isOpen()).toBe(false);
    });
  });
});

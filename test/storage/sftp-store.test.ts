import { execFileSync } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { FanOut } from "../../shared/backup/fan-out.ts";
import type { SshTarget } from "../../shared/ssh/connect.ts";
import { parseHostPins } from "../../shared/ssh/known-hosts.ts";
import { openLocalStore } from "../../shared/storage/local/local-store.ts";
import { openSftpStore } from "../../shared/storage/sftp/sftp-store.ts";
import type { Store } from "../../shared/storage/store.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { needs } from "../support/needs.ts";
import { type Sshd, type SshdOptions, startSshd } from "../support/sshd.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { fill, get, hash, keepsTheContract, never, put, someBytes } from "./contract.ts";

const KEY = "shop/20261121T030000Z_3f9a.dump.zst";
// Longer than a server that is alive takes on a busy machine.
const PATIENCE_MS = 4_000;
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const target = (sshd: Sshd, port = sshd.port): SshTarget => ({
  host: sshd.host,
  port,
  user: sshd.user,
  privateKey: sshd.clientKey(),
  pins: parseHostPins(sshd.knownHostsLine().replace(`:${sshd.port} `, `:${port} `)),
});

const files = (at: string): string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name);

async function started(options: SshdOptions = {}): Promise<{ sshd: Sshd; root: string }> {
  const sshd = await startSshd(options);
  const root = makeTempDir("sftp");
  cleanUps.push(
    () => root.remove(),
    () => sshd.stop(),
  );
  return { sshd, root: root.path };
}

function storeAt(ssh: SshTarget, directory: string): Store {
  const store = openSftpStore(ssh, directory);
  cleanUps.push(() => store.close());
  return store;
}

describe("a directory of the SSH host", needs("sshd"), () => {
  keepsTheContract(async () => {
    const { sshd, root } = await started();
    return {
      store: openSftpStore(target(sshd), path.join(root, "not", "made yet")),
      leftovers: async () => files(root),
      stop: async () => undefined,
    };
  }, 3_000_000);

  test("what is stored can be read by nobody else, nor can its names", async () => {
    const { sshd, root } = await started();
    await put(storeAt(target(sshd), path.join(root, "backups")), "shop/a.json", someBytes(10));
    expect(statSync(path.join(root, "backups/shop/a.json")).mode & 0o777).toBe(0o600);
    const made = ["backups", "backups/shop"].map((name) => statSync(path.join(root, name)).mode & 0o777);
    expect(made).toEqual([0o700, 0o700]);
  });

  test("the preflight refuses a destination without room, a file, and what cannot be written to", async () => {
    const { sshd, root } = await started();
    writeFileSync(path.join(root, "file"), "");
    const check = (at: string, bytes: number) => storeAt(target(sshd), at).check({ bytes, signal: never });
    await expect(check(root, 1e18)).rejects.toThrow(/on the SSH host has .* free, and the backup may need/);
    await expect(check(path.join(root, "file"), 1)).rejects.toThrow("is not a directory");
    await expect(check("/proc/backups", 1)).rejects.toMatchObject({ name: "UserError" });
    expect(readdirSync(root)).toEqual(["file"]);
  });

  test("a server without SFTP is an error that says what to set", async () => {
    const { sshd, root } = await started({ config: ["ForceCommand /bin/false"] });
    await expect(storeAt(target(sshd), root).check({ signal: never })).rejects.toMatchObject({
      message: expect.stringContaining("opened no file transfer session"),
      hint: expect.stringContaining("internal-sftp"),
    });
  });

  test("works with a server that has none of OpenSSH's extensions", async () => {
    const { sshd, root } = await started({
      config: ["ForceCommand internal-sftp -P posix-rename,fsync,statvfs,limits"],
    });
    const store = storeAt(target(sshd), root);
    const bytes = someBytes(1_000_000);
    await store.check({ bytes: 1_000, signal: never });
    await put(store, KEY, bytes);
    expect(hash(await get(store, KEY))).toBe(hash(bytes));
    expect(files(root)).toEqual([path.basename(KEY)]);
    // Its rename refuses what a removal that was begun twice asks for.
    await put(store, KEY, Buffer.from("again"));
    expect(String(await get(store, KEY))).toBe("again");
    expect(files(root)).toEqual([path.basename(KEY)]);
  });

  test("the connection lost half-way fails the writing, and what lies there is removed over a new one", async () => {
    const { sshd, root } = await started();
    const store = storeAt(target(sshd), root);
    const pending = await store.begin(KEY, { signal: never });
    pending.sink.write(someBytes(100_000));
    await new Promise((resolve) => pending.sink.write(someBytes(100_000), resolve));
    sshd.dropConnections();
    await expect(fill(pending, someBytes(50_000_000))).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining("was lost"),
    });
    expect(files(root)).toHaveLength(1);
    expect(await pending.abandon()).toBeUndefined();
    expect(files(root)).toEqual([]);
    await put(store, KEY, someBytes(10));
  });

  test("what cannot be removed because the host is gone is named, with the command that removes it", async () => {
    const { sshd, root } = await started();
    const proxy = await startFaultProxy(sshd.port);
    cleanUps.push(() => proxy.stop());
    const store = storeAt(target(sshd, proxy.port), root);
    const pending = await store.begin(KEY, { signal: never });
    pending.sink.on("error", () => undefined);
    pending.sink.write(someBytes(100_000));
    await proxy.set({ kind: "refuse" });
    const [left] = files(path.join(root, "shop"));
    expect(await pending.abandon()).toContain(`rm ${path.join(root, "shop", left ?? "?")}`);
  });

  test("a host that answers no more fails the writing, and what lies there is removed over a new connection", async () => {
    // A program of its own, which can be stopped while its sshd goes on.
    const { sshd, root } = await started({ config: ["ForceCommand /usr/lib/openssh/sftp-server"] });
    const store = openSftpStore(target(sshd), root, PATIENCE_MS);
    cleanUps.push(() => store.close());
    const pending = await store.begin(KEY, { signal: never });
    await new Promise((resolve) => pending.sink.write(someBytes(100_000), resolve));
    sshd.freezeConnections("sftp-server");
    await expect(fill(pending, someBytes(50_000_000))).rejects.toThrow("has not answered a file request");
    expect(await pending.abandon()).toBeUndefined();
    expect(files(root)).toEqual([]);
  });

  test("a session that ends while its connection lives fails what goes on, and what follows has a new one", async () => {
    const { sshd, root } = await started({ config: ["ForceCommand /usr/lib/openssh/sftp-server"] });
    const store = storeAt(target(sshd), root);
    const bytes = someBytes(20_000_000);
    await put(store, KEY, bytes);
    const ended = {
      name: "UserError",
      message: "The SSH server ended the file transfer session (SFTP).",
    };
    const pending = await store.begin("shop/other.dump", { signal: never });
    await new Promise((resolve) => pending.sink.write(someBytes(100_000), resolve));
    sshd.killProgram("sftp-server");
    await expect(fill(pending, bytes)).rejects.toMatchObject(ended);
    expect(await pending.abandon()).toBeUndefined();
    expect(files(root)).toEqual([path.basename(KEY)]);

    const stream = await store.read(KEY, { signal: never });
    const reading = (async () => {
      for await (const _chunk of stream) sshd.killProgram("sftp-server");
    })();
    await expect(reading).rejects.toMatchObject(ended);
    expect(hash(await get(store, KEY))).toBe(hash(bytes));
  });

  test("a host that ends every session as soon as it is open fails the check, and is not asked without end", async () => {
    // The answer to the first request, and no more: SSH_FXP_VERSION, 3.
    const { sshd, root } = await started({
      config: ["ForceCommand printf '\\000\\000\\000\\005\\002\\000\\000\\000\\003'"],
    });
    await expect(storeAt(target(sshd), root).check({ signal: never })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(/file transfer session|SFTP/),
    });
  });

  test("a host that opens no file transfer session, and does not say so, fails the check", async () => {
    const { sshd, root } = await started({ config: ["ForceCommand exec sleep 600"] });
    const store = openSftpStore(target(sshd), root, PATIENCE_MS);
    cleanUps.push(() => store.close());
    await expect(store.check({ signal: never })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining("has not answered the request for a file transfer session"),
    });
    expect(files(root)).toEqual([]);
  });

  test("a network that swallows everything fails what was asked of the host, and not the other destinations", async () => {
    const { sshd, root } = await started();
    const proxy = await startFaultProxy(sshd.port);
    cleanUps.push(() => proxy.stop());
    const far = openSftpStore(target(sshd, proxy.port), root, PATIENCE_MS);
    cleanUps.push(() => far.close());
    const near = openLocalStore(path.join(root, "near"));
    const pending = await Promise.all([far, near].map((store) => store.begin(KEY, { signal: never })));
    const outlets = pending.map(({ sink }, index) => ({ name: String(index), sink }));
    const into = new FanOut(outlets);
    const bytes = someBytes(20_000_000);
    await into.write(bytes.subarray(0, 100_000));
    await proxy.set({ kind: "black hole" });
    for (let at = 100_000; at < bytes.length; at += 100_000)
      await into.write(bytes.subarray(at, at + 100_000));
    await into.finish();
    expect([...into.failed].map(([{ name }, error]) => [name, error.message])).toEqual([
      ["0", expect.stringContaining("has not answered a file request")],
    ]);
    await pending[1]?.publish();
    expect(hash(await get(near, KEY))).toBe(hash(bytes));
  });

  test("a download that is cut is an error, not an end", async () => {
    const { sshd, root } = await started();
    const store = storeAt(target(sshd), root);
    await put(store, KEY, someBytes(20_000_000));
    const stream = await store.read(KEY, { signal: never });
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of stream) {
        if (seen === 0) sshd.dropConnections();
        seen += (chunk as Buffer).length;
      }
    })();
    await expect(reading).rejects.toThrow("was lost");
    expect(seen).toBeLessThan(20_000_000);
  });

  test.skipIf(process.getuid?.() !== 0)("a full disk is named, and nothing is left", async () => {
    const { sshd, root } = await started();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", root]);
    cleanUps.push(() => execFileSync("umount", [root]));
    const store = storeAt(target(sshd), root);
    const pending = await store.begin(KEY, { signal: never });
    await expect(fill(pending, someBytes(4_000_000))).rejects.toThrow("no space is left on the SSH host");
    expect(await pending.abandon()).toBeUndefined();
    expect(files(root)).toEqual([]);
  });

  test("many objects at once go over one connection", async () => {
    const { sshd, root } = await started();
    const store = storeAt(target(sshd), root);
    const keys = Array.from({ length: 12 }, (_, index) => `shop/${index}.json`);
    await Promise.all(keys.map((key) => put(store, key, Buffer.from(key))));
    expect((await store.list("", { signal: never })).map(({ key }) => key).sort()).toEqual(keys.sort());
    expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
  });
});

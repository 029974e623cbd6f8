import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { descendants } from "./descendants.ts";

/** A port of this process whose connections are each handed to a command, as its standard input and output. */
export async function sshdOfConnections(command: readonly string[], port: number) {
  const [program = "", ...args] = command;
  const children = new Set<ChildProcess>();
  let log = "";
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const child = spawn(program, args, { stdio: [socket, socket, "pipe"], detached: true });
    // The child has the connection by now; this copy must not hold it open.
    socket.destroy();
    children.add(child);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (log += text));
    child.once("error", (error) => (log += `${error}\n`));
    child.once("close", () => children.delete(child));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, resolve);
  });
  return {
    sessions: () => [...children].flatMap(({ pid = 0 }) => [pid, ...descendants(pid)]),
    log: () => log,
    stop: () => new Promise<unknown>((resolve) => server.close(resolve)),
  };
}

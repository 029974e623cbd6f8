import { randomBytes } from "node:crypto";
import { type ClientRequest, get } from "node:http";

/** What was begun, and the promise of all that it brings: rejected when the connection is cut. */
export type InFlight = { readonly whole: Promise<string> };

/** Asks for something that ends later. */
export function begin(url: string): InFlight {
  return {
    whole: new Promise((resolve, reject) => {
      const request = get(url, { agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => resolve(text));
        response.on("error", reject);
      });
      request.on("error", reject);
    }),
  };
}

/** Opens a WebSocket, and takes what comes until the server ends it. */
export function beginSocket(url: string): InFlight {
  const key = randomBytes(16).toString("base64");
  const headers = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": key,
  };
  return { whole: untilEnd(get(url, { agent: false, headers })) };
}

function untilEnd(request: ClientRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", ({ statusCode }) => reject(new Error(`not upgraded: ${statusCode}`)));
    request.on("upgrade", (_, socket, head) => {
      let text = head.toString("latin1");
      socket.setEncoding("latin1").on("data", (part: string) => (text += part));
      socket.on("error", reject);
      socket.on("end", () => {
        socket.end();
        resolve(text);
      });
    });
  });
}

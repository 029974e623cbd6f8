import { addressOf, headerOf, type Provider, startProvider } from "./provider.ts";

/** Starts Discord's webhooks below /api and /api/v10. `webhooks`: the token of each, by its id. */
export function startDiscord(webhooks: Readonly<Record<string, string>>): Promise<Provider> {
  return startProvider((request, effect) => {
    // Discord's edge turns away clients that do not say who they are.
    if (headerOf(request, "user-agent") === "") return { status: 403, body: "error code: 1010" };
    const path = addressOf(request).pathname;
    const [, id, token] = /^\/api(?:\/v\d+)?\/webhooks\/(\d+)\/([\w-]+)$/.exec(path) ?? [];
    if (id === undefined || token === undefined) return no(404, 0, "404: Not Found");
    if (!Object.hasOwn(webhooks, id)) return no(404, 10_015, "Unknown Webhook");
    if (webhooks[id] !== token) return no(401, 50_027, "Invalid Webhook Token");
    if (request.method === "GET") return { json: described(id, token) };
    effect(`${request.method} of the webhook`);
    return request.method === "DELETE" ? { status: 204 } : { json: described(id, token) };
  });
}

/** What the service says of a webhook, its token included. */
function described(id: string, token: string) {
  return {
    type: 1,
    id,
    token,
    name: "Deploys",
    channel_id: "100000000000000001",
    guild_id: "100000000000000002",
  };
}

function no(status: number, code: number, message: string) {
  return { status, json: { message, code } };
}

import type { DeployEvent } from "../../actions/telegram-notify/src/event.ts";

const sha = "0123456789abcdef0123456789abcdef01234567";

/** An event of which only the given matters. */
export function eventOf(event: Partial<DeployEvent> = {}): DeployEvent {
  return {
    status: "success",
    transition: undefined,
    title: "",
    message: "",
    fields: [],
    repository: "acme/shop",
    workflow: "deploy",
    environment: "production",
    environmentUrl: "https://shop.example/",
    version: "",
    branch: "main",
    actor: "robin",
    commit: {
      sha,
      title: "Fix the cart",
      author: "Robin",
      url: `https://github.com/acme/shop/commit/${sha}`,
    },
    run: { number: "7", attempt: "1", url: "https://github.com/acme/shop/actions/runs/1" },
    compareUrl: "",
    durationMs: 61_000,
    failed: [],
    ...event,
  };
}

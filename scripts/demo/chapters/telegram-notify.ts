import { type HttpServer, startHttpServer } from "../../../test/support/http-server.ts";
import { freePort } from "../../../test/support/ports.ts";
import { previewPage } from "../../../test/support/telegram/preview.ts";
import { startTelegram, type Telegram } from "../../../test/support/telegram/server.ts";
import type { Chapter, Step } from "../chapter.ts";
import { RELEASES } from "../releases.ts";

const CHAT = -1001234567890;

/** One deployment as a chat sees it, and two that Telegram or the template would have broken. */
export const telegramNotify: Chapter = {
  name: "telegram-notify",
  title: "Tell the team, whatever happens",
  about:
    "telegram-notify writes to a Bot API server of the demo's own, which is as strict as the real one. " +
    "The page of the chat shows the messages as people would see them.",
  steps,
};

async function* steps(): AsyncGenerator<Step> {
  const telegram = await startTelegram({ chats: [{ id: CHAT, title: "Shop team" }] });
  const github = await startHttpServer(({ url }) => answerOf(url));
  try {
    yield* story(telegram, github);
  } finally {
    await telegram.stop();
    await github.stop();
  }
}

async function* story(telegram: Telegram, github: HttpServer): AsyncGenerator<Step> {
  const chat = telegram.chat(CHAT);
  const page = { file: "telegram.html", title: "The chat", html: () => previewPage(chat) };
  const step = stepsFor(telegram, github);
  const sent = { result: "sent", sent: "1", failed: "0" };
  yield {
    title: "It has started",
    why: "Bot, chat and status are all that is needed. The next step will edit this message.",
    ...step({ status: "started", environment: "production", "environment-url": "https://shop.example/" }),
    expected: { conclusion: "success", outputs: { ...sent, transition: "" } },
  };
  const started = JSON.stringify({ [CHAT]: chat.messages[0]?.id ?? 0 });
  yield {
    title: "It has failed",
    why:
      "The same message now says which job and step failed, with the first error of the log, and calls somebody. The " +
      "commit's title is full of markup, and shows exactly as it is.",
    ...step({
      needs: JSON.stringify({ build: { result: "success" }, deploy: { result: "failure" } }),
      environment: "production",
      "message-id": started,
      mention: "@anna_of_shop",
    }),
    expected: { conclusion: "success", outputs: { ...sent, transition: "new", "message-id": started } },
  };
  yield {
    title: "In one's own words",
    why: "A template in Markdown. What comes in through a placeholder is never markup.",
    ...step({
      status: "success",
      format: "markdown",
      template:
        "## {{icon}} {{title}}\n\n> {{commit-title}}\n\n- **by** {{commit-author}}\n- **on** `{{branch}}`\n\n" +
        "```sh\n{{field.Roll back with}}\n```\n[The run]({{run-url}})",
      title: "The shop is **better** <than> ever",
      fields: "Roll back with: ./deploy.sh --to 'v1.4.1'",
      silent: "true",
      pin: "true",
    }),
    expected: { conclusion: "success", outputs: sent },
    page,
  };
  const closed = await freePort();
  yield {
    title: "Telegram is down",
    why: "Nobody listens. That is a warning and a summary with the text, and no reason for the deployment to fail.",
    ...step({ status: "success", "api-url": `http://127.0.0.1:${closed}`, retries: "1" }),
    expected: { conclusion: "success", outputs: { result: "failed", sent: "0", failed: "1" } },
  };
  yield {
    title: "A placeholder that does not exist",
    why: "Said at once and before anything is sent, not by a gap in the message when it matters.",
    ...step({ status: "success", template: "{{environmnt}} is up" }),
    expected: { conclusion: "failure", because: [/no placeholder environmnt .*environment/] },
  };
}

function stepsFor(
  telegram: Telegram,
  github: HttpServer,
): (inputs: Readonly<Record<string, string>>) => Pick<Step, "action" | "with" | "env" | "secrets"> {
  return (inputs) => ({
    action: "telegram-notify",
    with: {
      token: telegram.token,
      "chat-id": String(CHAT),
      "api-url": telegram.url,
      "github-token": "the-demo-has-no-real-one",
      ...inputs,
    },
    env: {
      GITHUB_API_URL: github.origin,
      GITHUB_REPOSITORY: "acme/shop",
      GITHUB_WORKFLOW: "deploy",
      GITHUB_REF_NAME: "feat/<cart>_*v2*",
      GITHUB_ACTOR: "anna",
      GITHUB_SHA: RELEASES.second,
      GITHUB_RUN_ID: "42",
      GITHUB_RUN_NUMBER: "42",
      GITHUB_RUN_ATTEMPT: "1",
    },
    secrets: { TELEGRAM_TOKEN: telegram.token },
  });
}

/** What GitHub would say about the run. */
function answerOf(url: string): {
  readonly status?: number;
  readonly json?: unknown;
  readonly body?: string;
} {
  const run = { id: 42, run_number: 42, workflow_id: 1, head_branch: "main", head_sha: RELEASES.second };
  if (url.includes("/logs")) {
    return { body: '2026-01-01T00:00:00.000Z ##[error]psql: relation "carts" <does> not exist\n' };
  }
  if (url.includes("/jobs")) {
    const steps = [{ name: "Run migrations", conclusion: "failure" }];
    const job = { id: 7, name: "deploy", html_url: "https://github.com/acme/shop/actions/runs/42/job/7" };
    return {
      json: { total_count: 1, jobs: [{ ...job, status: "completed", conclusion: "failure", steps }] },
    };
  }
  if (url.includes("/commits/")) {
    return {
      json: { commit: { message: "Fix `cart` & <b>totals</b> **now** [see](x)", author: { name: "Anna" } } },
    };
  }
  if (url.includes("/workflows/")) {
    const before = { ...run, id: 41, run_number: 41, head_sha: RELEASES.first };
    return { json: { workflow_runs: [{ ...before, status: "completed", conclusion: "success" }] } };
  }
  const started = new Date(Date.now() - 83_000).toISOString();
  return { json: { ...run, status: "in_progress", conclusion: null, run_started_at: started } };
}

import { codeBlock, details, heading, paragraph, plain, table } from "../../../shared/runtime/summary.ts";
import type { ChatResult } from "./deliver.ts";
import type { Delivered, Result } from "./outcome.ts";

/** The job summary of a delivery in which something went wrong: what arrived where, and the text itself. Pure. */
export function summaryOf({ chats, missing, composed }: Delivered, result: Result): string[] {
  const texts = [...(composed?.parts ?? []).map(({ text }) => text), composed?.rest?.text ?? ""];
  const words = { failed: "did not arrive", planned: "would lack files" } as const;
  return [
    heading(
      3,
      `❌ The Telegram message ${result === "failed" || result === "planned" ? words[result] : "arrived in part"}`,
    ),
    ...(chats.length === 0 ? [] : [chatTable(chats)]),
    ...missing.map(({ file, why }) => paragraph(`${plain(file)} was not sent: ${plain(why)}.`)),
    details("The message", codeBlock(texts.filter((text) => text !== "").join("\n\n"))),
  ];
}

function chatTable(chats: readonly ChatResult[]): string {
  return table({
    columns: [{ title: "Chat" }, { title: "Result" }],
    rows: chats.map((chat) => [plain(chat.chat), resultCell(chat)]),
  });
}

function resultCell({ troubles }: ChatResult): string {
  if (troubles.length === 0) return "✅ arrived";
  const lines = troubles.map(
    ({ what, why, hint }) => `${plain(`${what}: ${why}`)}<br><sub>${plain(hint)}</sub>`,
  );
  return `❌ ${lines.join("<br>")}`;
}

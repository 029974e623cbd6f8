import { readFileSync } from "node:fs";
import type { Attachment, Chat, Message } from "./chat.ts";
import { escapeHtml, textHtml } from "./preview-text.ts";
import { BOT } from "./service.ts";

export type PreviewOptions = {
  /** Default: what the reader's system prefers. */
  readonly theme?: "light" | "dark";
  /** The time zone of the times shown. Default: UTC. */
  readonly timeZone?: string;
};

/** A chat as a page that looks like a messenger's window, for people to judge. It loads nothing from anywhere. */
export function previewPage(chat: Chat, { theme, timeZone = "UTC" }: PreviewOptions = {}): string {
  const style = readFileSync(new URL("preview.css", import.meta.url), "utf8");
  return `<!doctype html>
<html lang="en"${theme === undefined ? "" : ` data-theme="${theme}"`}>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(chat.title)}</title>
<style>
${style}</style>
<body>
${previewChat(chat, timeZone)}
</body>
</html>
`;
}

/** The chat alone, for a page that shows several and has the style of {@link previewPage}. */
export function previewChat(chat: Chat, timeZone = "UTC"): string {
  const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone });
  const pinned = chat.messages.findLast((message) => message.pinned);
  const threads = [...new Set(chat.messages.map(({ thread }) => thread))];
  const sections = threads.map((thread) => {
    const name = chat.topics === undefined ? undefined : (chat.topics.get(thread ?? 1) ?? "General");
    const groups = grouped(chat.messages.filter((message) => message.thread === thread));
    const topic = name === undefined ? "" : `<h2>${escapeHtml(name)}</h2>\n`;
    return topic + groups.map((group) => bubble(group, chat, time)).join("\n");
  });
  return `<section class="chat">
<header>${avatar(chat.title)}<p><b>${escapeHtml(chat.title)}</b><br><small>${chat.type}</small></p></header>
${pinned === undefined ? "" : `<div class="pin">📌 ${escapeHtml(lineOf(pinned))}</div>`}
<main>
${sections.join("\n")}
</main>
</section>`;
}

/** Messages, those of an album together. */
function grouped(messages: readonly Message[]): Message[][] {
  const groups: Message[][] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.album !== undefined && last?.[0]?.album === message.album) last.push(message);
    else groups.push([message]);
  }
  return groups;
}

function bubble(group: readonly Message[], chat: Chat, time: Intl.DateTimeFormat): string {
  const [first] = group;
  if (first === undefined) return "";
  const files = group.flatMap(({ file }) => (file === undefined ? [] : [file]));
  const caption = group.find(({ text }) => text !== "") ?? first;
  const replied = first.replyTo === undefined ? undefined : chat.message(first.replyTo);
  const marks = [
    first.silent ? "🔕" : "",
    first.protected ? "🔒" : "",
    first.pinned ? "📌" : "",
    first.earlier.length > 0 ? "edited" : "",
    time.format(first.sentAt),
  ];
  const text = caption.text === "" ? "" : `<div class="text">${textHtml(caption)}</div>`;
  return `<div class="row">${avatar(BOT.first_name)}<article id="message-${first.id}">
<p class="from">${BOT.first_name}</p>
${replied === undefined ? "" : `<div class="reply">${escapeHtml(lineOf(replied))}</div>`}
${filesHtml(files)}${text}<time>${marks.filter((mark) => mark !== "").join(" ")}</time>
</article></div>`;
}

function filesHtml(files: readonly Attachment[]): string {
  const photos = files.filter(({ kind }) => kind === "photo").map(photoHtml);
  const others = files.filter(({ kind }) => kind !== "photo").map(fileHtml);
  return (
    (photos.length > 1 ? `<div class="album">${photos.join("")}</div>` : photos.join("")) + others.join("")
  );
}

function photoHtml({ bytes, name }: Attachment): string {
  const type = bytes[0] === 0x89 ? "png" : bytes[0] === 0x47 ? "gif" : "jpeg";
  return `<img class="photo" alt="${escapeHtml(name)}" src="data:image/${type};base64,${bytes.toString("base64")}">`;
}

function fileHtml({ name, bytes }: Attachment): string {
  const size = bytes.length < 1024 ? `${bytes.length} B` : `${(bytes.length / 1024).toFixed(1)} KiB`;
  return `<div class="file"><span class="avatar">↓</span><p>${escapeHtml(name)}<br><span class="size">${size}</span></p></div>`;
}

const avatar = (name: string): string =>
  `<span class="avatar">${escapeHtml((name.match(/[\p{L}\p{N}]/gu) ?? ["?"]).slice(0, 1).join("").toUpperCase())}</span>`;

const lineOf = ({ text, file }: Message): string => text.split("\n")[0] || (file?.name ?? "");

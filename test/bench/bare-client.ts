import http from "node:http";

// What the same requests cost with nothing around them: node:http, a kept-alive pool, status and one JSON field looked at.
const [origin = "", count = "0", width = "1"] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
let left = Number(count);

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(`${origin}/health`, { agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () => {
        const { status } = JSON.parse(text) as { readonly status: string };
        if (response.statusCode === 200 && status === "healthy") resolve();
        else reject(new Error(`unexpected answer: ${text}`));
      });
    });
    request.on("error", reject);
  });
}

async function worker(): Promise<void> {
  while (left > 0) {
    left -= 1;
    await ask();
  }
}

await Promise.all(Array.from({ length: Number(width) }, worker));
agent.destroy();

// A language server that only answers: it says in a file what it was asked, so that a test can see it.

const fs = require("node:fs");

const [told] = process.argv.slice(2);
let waiting = Buffer.alloc(0);

process.stdin.on("data", (more) => {
  waiting = Buffer.concat([waiting, more]);
  for (;;) {
    const head = waiting.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(waiting.subarray(0, head).toString())[1]);
    if (waiting.length < head + 4 + length) return;
    const message = JSON.parse(waiting.subarray(head + 4, head + 4 + length).toString());
    waiting = waiting.subarray(head + 4 + length);
    fs.appendFileSync(told, `${message.method}\n`);
    if (message.method === "exit") process.exit(0);
    if (message.id !== undefined) answer(message);
  }
});

function answer(message) {
  const result = message.method === "initialize" ? { capabilities: { hoverProvider: true } } : null;
  const text = JSON.stringify({ jsonrpc: "2.0", id: message.id, result });
  process.stdout.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

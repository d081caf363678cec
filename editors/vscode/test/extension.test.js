const assert = require("node:assert/strict");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { beforeEach, after, test } = require("node:test");
const { install } = require("./vscode.js");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pedalang-"));
const told = path.join(folder, "told");
const settings = {};
const { seen, workspace } = install({ folder, settings });
const extension = require("../extension.js");

const asked = () => fs.readFileSync(told, "utf8").trim().split("\n");
const activate = () => extension.activate({ subscriptions: [] });

beforeEach(() => {
  Object.assign(settings, { path: process.execPath, arguments: [path.join(__dirname, "answering.js"), told] });
  fs.writeFileSync(told, "");
  seen.shown.length = 0;
});

after(() => fs.rmSync(folder, { recursive: true }));

test("it starts the server, and stops it in order", async () => {
  await activate();
  assert.deepEqual(asked().slice(0, 2), ["initialize", "initialized"]);
  await extension.deactivate();
  assert.deepEqual(asked().slice(-2), ["shutdown", "exit"]);
  assert.deepEqual(seen.shown, []);
});

test("a restart stops the server and starts another", async () => {
  await activate();
  await seen.commands["pedalang.restart"]();
  assert.deepEqual(asked().filter((method) => ["initialize", "shutdown"].includes(method)),
    ["initialize", "shutdown", "initialize"]);
  await extension.deactivate();
});

test("restarts that come at once follow each other", async () => {
  await activate();
  await Promise.all([seen.commands["pedalang.restart"](), seen.commands["pedalang.restart"]()]);
  const order = asked().filter((method) => ["initialize", "exit"].includes(method));
  assert.deepEqual(order, ["initialize", "exit", "initialize", "exit", "initialize"]);
  await extension.deactivate();
});

test("a command that is not there is said once, with its name", async () => {
  settings.path = path.join(folder, "no-ped");
  await activate();
  assert.equal(seen.shown.length, 1);
  assert.match(seen.shown[0], /no-ped/);
  await extension.deactivate();
});

test("nothing is started where nobody trusts the workspace", async () => {
  workspace.isTrusted = false;
  await activate();
  assert.deepEqual(asked(), [""]);
  workspace.isTrusted = true;
  await extension.deactivate();
});
